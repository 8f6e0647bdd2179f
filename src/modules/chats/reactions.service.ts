import { Injectable } from '@nestjs/common';
import type { Principal } from 'src/core/context/context';
import { Database } from 'src/core/database/database';
import { ShowsChange, type ChangeRow } from 'src/modules/chats/changes.service';
import { ChatLog } from 'src/modules/chats/chat-log.service';
import { TooManyReactions } from 'src/modules/chats/chats.errors';
import type { ReactionsView } from 'src/modules/chats/contents.dto';
import { MessageAccess } from 'src/modules/chats/message-access.service';
import { MessageRates } from 'src/modules/chats/message-rates.service';
import { MessagesService } from 'src/modules/chats/messages.service';
import { ReactionsRepository, type Reactor } from 'src/modules/chats/reactions.repository';

/** Of all who answer one message. */
const MOST_KINDS = 20;

/** Answers to messages by emoji: of each person one set for each message. */
@Injectable()
export class ReactionsService {
  constructor(
    private readonly db: Database,
    private readonly log: ChatLog,
    private readonly access: MessageAccess,
    private readonly rates: MessageRates,
    private readonly reactions: ReactionsRepository,
    private readonly messages: MessagesService,
  ) {}

  /**
   * Makes these the caller's reactions to the message, whatever they were; none takes them back. Safe to repeat. Throws
   * `message.too_many_reactions`, `rate_limit.exceeded`, and what `MessageAccess.change` throws.
   */
  async react({ userId }: Principal, messageId: number, emojis: string[]): Promise<ReactionsView> {
    await this.rates.take(userId);
    return this.db.tx(async () => {
      const { chatId } = await this.access.change(userId, messageId);
      const reactor = { messageId, userId };
      const before = await this.reactions.of([reactor]);
      const added = emojis.filter((emoji) => !before.some((one) => one.emoji === emoji));
      if (added.length && (await this.reactions.kindsWith(reactor, emojis)) > MOST_KINDS)
        throw TooManyReactions({ limit: MOST_KINDS });
      if (added.length || before.length !== emojis.length) {
        await this.reactions.replace(reactor, emojis);
        await this.log.append(chatId, { type: 'reaction_updated', messageId, userId });
      }
      return (await this.views([reactor]))[0]!;
    });
  }

  @ShowsChange('reaction_updated')
  shown(changes: ChangeRow[]): Promise<(ReactionsView | undefined)[]> {
    return this.views(changes.map(({ message_id, user_id }) => ({ messageId: message_id!, userId: user_id! })));
  }

  /** How each of them, and all together, have reacted by now. */
  private async views(reactors: Reactor[]): Promise<(ReactionsView | undefined)[]> {
    const messages = await this.messages.viewsById(reactors.map(({ messageId }) => messageId));
    const own = await this.reactions.of(reactors);
    return reactors.map(({ messageId, userId }) => {
      const message = messages.get(messageId);
      if (!message) return undefined;
      const emojis = own
        .filter((one) => one.messageId === messageId && one.userId === userId)
        .map(({ emoji }) => emoji);
      const { chat_id, reactions } = message;
      return { chat_id, message_id: messageId, user_id: userId, emojis, reactions };
    });
  }
}
