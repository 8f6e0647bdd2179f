import { Injectable } from '@nestjs/common';
import { currentContext, type Principal } from 'src/core/context/context';
import { Database } from 'src/core/database/database';
import { GroupCommit, type Outcome } from 'src/core/database/group-commit';
import { violates } from 'src/core/database/violations';
import type { AppError } from 'src/core/errors/app-error';
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
  private readonly sends = new GroupCommit<Send, MessageView>((sends) => this.commit(sends));

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
    const send = { draft, context: currentContext(), isAdmitted: false };
    try {
      return await this.sends.submit(send);
    } catch (error) {
      if (send.isAdmitted) await this.rates.giveBack(chatId);
      // sent in the same moment to another chat, whose lock is not ours
      if (violates(error, 'uq_messages_sender_id_client_id')) throw IdempotencyMismatch();
      throw error;
    }
  }

  private async commit(sends: Send[]): Promise<Outcome<MessageView>[]> {
    const refusals = await this.admit(sends.filter(({ isAdmitted }) => !isAdmitted));
    const admitted = sends.filter((send) => !refusals.has(send));
    const outcomes = admitted.length ? await this.db.tx(() => this.append(admitted)) : [];
    let next = 0;
    return sends.map((send) => {
      const error = refusals.get(send);
      return error ? { ok: false, error } : outcomes[next++]!;
    });
  }

  /** Counts them, and tells which of them are too much. */
  private async admit(sends: Send[]): Promise<Map<Send, AppError>> {
    const refusals = await this.rates.refusals(sends.map(({ draft }) => draft));
    sends.forEach((send, index) => (send.isAdmitted = !refusals[index]));
    return new Map(sends.flatMap((send, index) => (refusals[index] ? [[send, refusals[index]]] : [])));
  }

  private async append(sends: Send[]): Promise<Outcome<MessageView>[]> {
    const drafts = sends.map(({ draft }) => draft);
    const plan = planSends(drafts, await this.ground.of(sends));
    const stored = await this.store.keep(plan, sends);
    return plan.verdicts.map((verdict) => {
      if ('refused' in verdict) return { ok: false, error: verdict.refused };
      return { ok: true, value: 'stored' in verdict ? stored[verdict.stored]! : toMessageView(verdict.repeats) };
    });
  }
}
