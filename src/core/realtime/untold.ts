import { Injectable } from '@nestjs/common';
import { setTimeout } from 'node:timers/promises';
import type { PushBody } from 'src/contracts';
import { outsideContext } from 'src/core/context/context';
import { Database } from 'src/core/database/database';
import { eventOf, Packet } from 'src/core/realtime/packets';
import { Rooms } from 'src/core/realtime/rooms';

/** Whoever is told to `sync` asks PostgreSQL a good deal: while handlers fail again and again that is not made worse. */
const REST_MS = 5000;
const AGAIN_MS = 1000;

/** Tells those to `sync`, on every node, whom this process could not tell of something, as soon as PostgreSQL can answer them. */
@Injectable()
export class Untold {
  private rooms = new Set<string>();
  private isBusy = false;
  private isClosing = false;

  constructor(
    private readonly db: Database,
    private readonly everywhere: Rooms,
  ) {}

  /** Those in the rooms. At once, unless others have just been told: then a little later. */
  in(rooms: string[]) {
    for (const room of rooms) this.rooms.add(room);
    if (!this.isBusy) outsideContext(() => void this.work());
  }

  /** At the end of this process who waits is told without more ado. */
  finish() {
    this.isClosing = true;
    if (this.rooms.size) this.tell();
  }

  private async work() {
    this.isBusy = true;
    while (this.rooms.size && !this.isClosing) {
      const canAnswer = await this.db.query('SELECT').then(() => true, () => false); // prettier-ignore
      if (canAnswer) this.tell();
      await setTimeout(canAnswer ? REST_MS : AGAIN_MS, undefined, { ref: false });
    }
    this.isBusy = false;
  }

  private tell() {
    const rooms = [...this.rooms];
    this.rooms.clear();
    const body: PushBody<'sync_needed'> = {};
    this.everywhere.perform({ act: 'send', to: { rooms }, packet: new Packet(eventOf('sync_needed', body)) });
  }
}
