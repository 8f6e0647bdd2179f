import { Injectable } from '@nestjs/common';
import type { PushBody } from 'src/contracts';
import { Database } from 'src/core/database/database';
import { Errand } from 'src/core/realtime/errand';
import { eventOf, Packet } from 'src/core/realtime/packets';
import { Rooms } from 'src/core/realtime/rooms';

/** Tells those to `sync`, on every node, whom this process could not tell of something, as soon as PostgreSQL can answer them. */
@Injectable()
export class Untold {
  private rooms = new Set<string>();
  /** Whoever is told to `sync` asks PostgreSQL a good deal: while handlers fail again and again that is not made worse. */
  private readonly errand = new Errand(() => this.tellIfAnswered());

  constructor(
    private readonly db: Database,
    private readonly everywhere: Rooms,
  ) {}

  /** Those in the rooms. At once, unless others have just been told: then a little later. */
  in(rooms: string[]) {
    for (const room of rooms) this.rooms.add(room);
    if (this.rooms.size) this.errand.ask();
  }

  /** At the end of this process who waits is told without more ado. */
  finish() {
    this.errand.close();
    this.tell();
  }

  private async tellIfAnswered(): Promise<boolean> {
    const canAnswer = await this.db.query('SELECT').then(() => true, () => false); // oxfmt-ignore
    if (canAnswer) this.tell();
    return canAnswer;
  }

  private tell() {
    if (!this.rooms.size) return; // none would be all
    const rooms = [...this.rooms];
    this.rooms.clear();
    const body: PushBody<'sync_needed'> = {};
    this.everywhere.perform({ act: 'send', to: { rooms }, packet: new Packet(eventOf('sync_needed', body)) });
  }
}
