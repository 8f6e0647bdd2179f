import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { runInContext, type Context } from 'src/core/context/context';
import { handlerDecorator, Handlers, type Handler } from 'src/core/discovery/discovery';
import { AppError } from 'src/core/errors/app-error';
import type { MessageMetadata } from 'src/modules/chats/message-types';

const CHECKS = Symbol('ChecksShares');
const ENDS = Symbol('EndsShares');

/**
 * A method `(userId: string, chatId: number, shareId: number) => Promise<void>` that throws an `AppError` unless the user may send a
 * message to the chat that points to the share of his position. Its name is the feature's that knows shares.
 */
export const ChecksShares = handlerDecorator(CHECKS);

/**
 * A method `(userId: string, shareId: number, byHim: boolean) => Promise<void>` that ends a share of the user's, within the open
 * transaction, for his message that stood for it is deleted for all: by him, or by somebody who governs the chat. Safe to repeat.
 */
export const EndsShares = handlerDecorator(ENDS);

/** A message that may point to a share. */
interface Carrier {
  senderId: string;
  chatId: number;
  metadata: MessageMetadata | null;
}

/** What messages have to do with shares of positions, of which a higher feature knows. */
@Injectable()
export class MessageSharesService implements OnApplicationBootstrap {
  private checks: Handler[] = [];
  private ends: Handler[] = [];

  constructor(private readonly handlers: Handlers) {}

  onApplicationBootstrap() {
    this.checks = this.handlers.of(CHECKS);
    this.ends = this.handlers.of(ENDS);
  }

  /** Why those of the drafts can't be sent that point to shares to which they may not. */
  async faults<Draft extends Carrier>(sends: { draft: Draft; context: Context }[]): Promise<Map<Draft, AppError>> {
    const faults = new Map<Draft, AppError>();
    for (const { draft, context } of sends) {
      const { senderId, chatId, metadata } = draft;
      if (!metadata || !('share_id' in metadata)) continue;
      for (const { run } of this.checks)
        try {
          await runInContext(context, () => run(senderId, chatId, metadata.share_id));
        } catch (error) {
          if (!(error instanceof AppError)) throw error;
          faults.set(draft, error);
        }
    }
    return faults;
  }

  /** Ends what a message that is deleted for all stood for: in the same transaction, for whoever deletes it counts on that. */
  async end({ senderId, metadata }: Omit<Carrier, 'chatId'>, bySender: boolean): Promise<void> {
    if (!metadata || !('share_id' in metadata)) return;
    for (const { run } of this.ends) await run(senderId, metadata.share_id, bySender);
  }
}
