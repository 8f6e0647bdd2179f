import type { TestUser } from 'test/factories/users';
import type { TestApp } from 'test/support/boot';
import { Replica } from 'test/support/replica';
import { connect, type TestSocket } from 'test/support/socket';

/** Somebody with three devices: one to act with, one that hears all live, and one that is away and syncs now and then. */
export class Talker {
  readonly live: Replica;
  readonly away: Replica;
  private turn: Promise<unknown> = Promise.resolve();

  private constructor(
    readonly user: TestUser,
    public socket: TestSocket,
    node: TestApp,
  ) {
    this.live = new Replica(node, user);
    this.away = new Replica(node, user);
  }

  static async arrive(user: TestUser, socketOn: TestApp, liveOn: TestApp): Promise<Talker> {
    const person = new Talker(user, await connect(socketOn, user), liveOn);
    await person.live.connect(liveOn);
    await person.away.connect(liveOn);
    person.away.disconnect();
    return person;
  }

  get name() {
    return this.user.username;
  }

  /** What his devices do by themselves, one after the other. */
  inTurn(work: () => Promise<unknown>) {
    this.turn = this.turn.then(work);
    return this.turn;
  }

  leave() {
    this.socket.close();
    this.live.disconnect();
  }
}
