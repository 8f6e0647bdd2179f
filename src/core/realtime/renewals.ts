import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { setTimeout } from 'node:timers/promises';
import type { PushBody } from 'src/contracts';
import { outsideContext } from 'src/core/context/context';
import { handlerDecorator, Handlers } from 'src/core/discovery/discovery';
import { eventOf, Packet } from 'src/core/realtime/packets';
import { Rooms } from 'src/core/realtime/rooms';

const RENEWAL = Symbol('OnRenewal');
const renewalDecorator = handlerDecorator<'renewal'>(RENEWAL);

/**
 * A method that puts right what this node may have missed of others, such as who is in which room, and sends its connections how that is
 * now which has no number, before they are told to `sync`. If it fails, all are run again.
 */
export const OnRenewal = () => renewalDecorator('renewal');

/** When Redis is back, each node may say that it has told less than it should: that is put right once. */
const REST_MS = 5000;
const AGAIN_MS = 1000;

/** Puts right what connections of this node may have missed while nodes could not reach each other, and tells them to sync. */
@Injectable()
export class Renewals implements BeforeApplicationShutdown {
  private readonly logger = new Logger('Renewals');
  private isAsked = false;
  private isBusy = false;
  private isClosing = false;

  constructor(
    private readonly handlers: Handlers,
    private readonly rooms: Rooms,
  ) {}

  /** At once, unless it has just been done: then a little later. */
  ask() {
    this.isAsked = true;
    if (!this.isBusy) outsideContext(() => void this.work());
  }

  beforeApplicationShutdown() {
    this.isClosing = true;
  }

  private async work() {
    this.isBusy = true;
    while (this.isAsked && !this.isClosing) {
      this.isAsked = false;
      const isDone = await this.renew();
      this.isAsked ||= !isDone;
      await setTimeout(isDone ? REST_MS : AGAIN_MS, undefined, { ref: false });
    }
    this.isBusy = false;
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
