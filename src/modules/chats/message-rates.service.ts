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
 * so outside of transactions. Throws `rate_limit.exceeded`, with the seconds to wait.
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

  /** Does what puts a message into a chat. What is refused does not count there: so no stranger can silence it. */
  async within<T>(userId: string, chatId: number, send: () => Promise<T>): Promise<T> {
    await this.limits.consumeInTurn([
      { rule: this.ofUser, caller: userId },
      { rule: this.ofChat, caller: String(chatId) },
    ]);
    try {
      return await send();
    } catch (error) {
      await this.limits.giveBack(this.ofChat, String(chatId));
      throw error;
    }
  }
}
