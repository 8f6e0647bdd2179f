import { Injectable } from '@nestjs/common';
import { currentContext, type Principal } from 'src/core/context/context';
import { Database } from 'src/core/database/database';
import { GroupCommit, type Outcome } from 'src/core/database/group-commit';
import { violates } from 'src/core/database/violations';
import { IdempotencyMismatch } from 'src/core/errors/common.errors';
import { MessageMediaService } from 'src/modules/chats/message-media.service';
import { MessageRates } from 'src/modules/chats/message-rates.service';
import { toMessageView, type MessageView, type SendMessage } from 'src/modules/chats/messages.dto';
import { draftOf, planSends } from 'src/modules/chats/messages.plan';
import { SendingGround, type Send } from 'src/modules/chats/sending.ground';
import { SendingStore } from 'src/modules/chats/sending.store';

/** Sends messages. Those sent at once share one transaction; each is acknowledged only after its commit. */
@Injectable()
export class SendingService {
  private readonly sends = new GroupCommit<Send, MessageView>((sends) =>
    this.db.tx(() => this.append(sends), { plansOnce: true }),
  );

  constructor(
    private readonly db: Database,
    private readonly rates: MessageRates,
    private readonly media: MessageMediaService,
    private readonly ground: SendingGround,
    private readonly store: SendingStore,
  ) {}

  /**
   * Stores a message under the next number of its chat. Sent again under the same `client_id`, it is answered with the first one;
   * with other content: `idempotency.mismatch`. Who writes too fast: `rate_limit.exceeded`.
   */
  async send(user: Principal, chatId: number, message: SendMessage): Promise<MessageView> {
    this.media.checkGif(message);
    const draft = draftOf(user.userId, chatId, message);
    // before its turn comes, so that no batch waits for Redis
    await this.rates.admit(draft);
    try {
      return await this.sends.submit({ draft, context: currentContext() });
    } catch (error) {
      await this.rates.giveBack(chatId);
      // sent in the same moment to another chat, whose lock is not ours
      if (violates(error, 'uq_messages_sender_id_client_id')) throw IdempotencyMismatch();
      throw error;
    }
  }

  private async append(sends: Send[]): Promise<Outcome<MessageView>[]> {
    const drafts = sends.map(({ draft }) => draft);
    const plan = planSends(drafts, await this.ground.of(sends));
    const stored = await this.store.keep(plan, sends);
    await this.store.tellAgain(plan, sends);
    return plan.verdicts.map((verdict) => {
      if ('refused' in verdict) return { ok: false, error: verdict.refused };
      return { ok: true, value: 'stored' in verdict ? stored[verdict.stored]! : toMessageView(verdict.repeats) };
    });
  }
}
