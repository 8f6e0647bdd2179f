import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import type { PushBody } from 'src/contracts';
import { handlerDecorator, Handlers } from 'src/core/discovery/discovery';
import { Errand } from 'src/core/realtime/errand';
import { eventOf, Packet } from 'src/core/realtime/packets';
import { Rooms } from 'src/core/realtime/rooms';

const RENEWAL = Symbol('OnRenewal');
const renewalDecorator = handlerDecorator<'renewal'>(RENEWAL);

/**
 * A method that puts right what this node may have missed of others, such as who is in which room, and sends its connections how that is
 * now which has no number, before they are told to `sync`. If it fails, all are run again.
 */
export const OnRenewal = () => renewalDecorator('renewal');

/** Puts right what connections of this node may have missed while nodes could not reach each other, and tells them to sync. */
@Injectable()
export class Renewals implements BeforeApplicationShutdown {
  private readonly logger = new Logger('Renewals');
  /** When Redis is back, each node may say that it has told less than it should: that is put right once. */
  private readonly errand = new Errand(() => this.renew());
  private isClosing = false;

  constructor(
    private readonly handlers: Handlers,
    private readonly rooms: Rooms,
  ) {}

  /** At once, unless it has just been done: then a little later. */
  ask() {
    this.errand.ask();
  }

  beforeApplicationShutdown() {
    this.isClosing = true;
    this.errand.close();
  }

  private async renew(): Promise<boolean> {
    try {
      await Promise.all(this.handlers.of(RENEWAL).map((handler) => handler.run()));
      const body: PushBody<'sync_needed'> = {};
      this.rooms.here({ act: 'send', to: { rooms: [] }, packet: new Packet(eventOf('sync_needed', body)) });
      return true;
    } catch (error) {
      if (!this.isClosing) this.logger.warn(`could not renew: ${(error as Error).message}`);
      return false;
    }
  }
}
