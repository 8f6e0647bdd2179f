import { Inject, Injectable } from '@nestjs/common';
import { ENV, type Env } from 'src/config/env';
import type { RateLimitRule } from 'src/core/http/decorators';
import { RateLimits } from 'src/core/http/rate-limits';

/** As many at once as `burst`, and then on average `perSecond`. */
const rule = (name: string, perSecond: number, burst: number): RateLimitRule => ({
  name,
  points: burst,
  seconds: Math.max(1, Math.round(burst / perSecond)),
});

/**
 * How fast people may write: each of them, wherever he does, and all of them together in one chat. Counted in Redis for all nodes,
 * so outside of transactions. The refusal is `rate_limit.exceeded`, with the seconds to wait.
 */
@Injectable()
export class MessageRates {
  private readonly ofUser: RateLimitRule;
  private readonly ofChat: RateLimitRule;

  constructor(
    private readonly limits: RateLimits,
    @Inject(ENV) env: Env,
  ) {
    this.ofUser = rule('messages', env.MESSAGES_PER_SECOND, env.MESSAGES_BURST);
    this.ofChat = rule('chat_messages', env.CHAT_MESSAGES_PER_SECOND, env.CHAT_MESSAGES_BURST);
  }

  /** Before somebody writes, changes what he wrote, or reacts. */
  async take(userId: string): Promise<void> {
    await this.limits.consume(this.ofUser, userId);
  }

  /** Before a message is put into a chat. */
  async admit({ senderId, chatId }: { senderId: string; chatId: number }): Promise<void> {
    await this.limits.consumeEach([
      { rule: this.ofUser, caller: senderId },
      { rule: this.ofChat, caller: String(chatId) },
    ]);
  }

  /** For a message that was not put into the chat after all: what is refused does not count there, so no stranger can silence it. */
  async giveBack(chatId: number): Promise<void> {
    await this.limits.giveBack(this.ofChat, String(chatId));
  }
}
