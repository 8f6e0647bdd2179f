import { Inject, Injectable } from '@nestjs/common';
import { ENV, type Env } from 'src/config/env';
import type { Principal } from 'src/core/context/context';
import { Database } from 'src/core/database/database';
import { ValidationFailed } from 'src/core/errors/common.errors';
import { characters } from 'src/core/fields/fields';
import { MessageNotEditable, MessageNotYours, MessageTooOldToEdit, TooManyEdits } from 'src/modules/chats/chats.errors';
import { ContentsRepository, type EditRow } from 'src/modules/chats/contents.repository';
import { MessageRates } from 'src/modules/chats/message-rates.service';
import { MessageAccess } from 'src/modules/chats/message-access.service';
import { shortestContent } from 'src/modules/chats/message-types';
import type { MessageView } from 'src/modules/chats/messages.dto';
import { MessagesService } from 'src/modules/chats/messages.service';
import { RewritingService } from 'src/modules/chats/rewriting.service';

const MOST_EDITS = 100;

/** Changes what messages say; what they said before stays readable for everybody in the chat. */
@Injectable()
export class EditsService {
  constructor(
    private readonly db: Database,
    private readonly access: MessageAccess,
    private readonly rates: MessageRates,
    private readonly contents: ContentsRepository,
    private readonly rewriting: RewritingService,
    private readonly messages: MessagesService,
    @Inject(ENV) private readonly env: Env,
  ) {}

  /**
   * Replaces the text or caption of a message of the caller's own, and whom it names; nobody is notified. Safe to repeat: what it
   * says already is no edit. Throws `message.not_yours`, `message.not_editable`, `message.too_old_to_edit`, `message.too_many_edits`,
   * `rate_limit.exceeded`, and what `MessageAccess.rewrite` throws.
   */
  async edit(user: Principal, messageId: number, content: string): Promise<MessageView> {
    await this.rates.take(user.userId);
    return this.db.tx(async () => {
      const message = await this.access.rewrite(user.userId, messageId);
      if (message.senderId !== user.userId) throw MessageNotYours({ message_id: messageId });
      const shortest = shortestContent(message.messageType);
      if (message.isForwarded || shortest === undefined) throw MessageNotEditable({ message_id: messageId });
      if (characters(content) < shortest)
        throw ValidationFailed({}, [{ field: 'content', code: 'too_small', params: { count: shortest } }]);
      if (content !== message.content) {
        const hours = this.env.MESSAGE_EDIT_HOURS;
        if (hours && message.ageHours >= hours) throw MessageTooOldToEdit({ hours });
        if ((await this.contents.countEdits(messageId)) >= MOST_EDITS) throw TooManyEdits({ limit: MOST_EDITS });
        await this.rewriting.rewrite(message, content);
      }
      return (await this.messages.views([messageId]))[0]!;
    });
  }

  /** What a message said before, oldest first: nothing of one that was never edited, or is deleted. */
  async history(user: Principal, messageId: number): Promise<EditRow[]> {
    await this.access.read(user.userId, messageId);
    return this.contents.editsOf(messageId);
  }
}
