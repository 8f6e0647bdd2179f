import { Injectable } from '@nestjs/common';
import { Database } from 'src/core/database/database';
import { Realtime } from 'src/core/realtime/realtime';
import { CallLedger } from 'src/modules/calls/calls.ledger';
import { RollCallRepository } from 'src/modules/calls/roll-call.repository';

/** With a roll call every 5 s, who has lost his connection has 20 s to come back, and is out after 25 s at most. */
export const MOST_ABSENCES = 5;

/**
 * Finds out who has vanished from his calls. At every roll call everybody in a call is absent until the node that has a connection
 * of his device says otherwise. So nothing is concluded while nobody can ask: from a database that was away all come back present.
 */
@Injectable()
export class RollCallService {
  constructor(
    private readonly db: Database,
    private readonly ledger: CallLedger,
    private readonly roll: RollCallRepository,
    private readonly realtime: Realtime,
  ) {}

  /** Says who is connected to this node. */
  async answer(): Promise<void> {
    const missing = await this.roll.missing();
    const here = this.realtime.sessionsHere(missing);
    if (here.length) await this.roll.present(here);
  }

  /** Calls the roll, and takes out of their calls who has not answered for too long. */
  async call(): Promise<void> {
    const gone = await this.roll.call(MOST_ABSENCES);
    for (const callId of gone) await this.takeOut(callId);
  }

  private async takeOut(callId: number) {
    await this.db.tx(async () => {
      const held = await this.ledger.hold(callId);
      const userIds = await this.roll.gone(callId, MOST_ABSENCES);
      if (userIds.length) await this.ledger.apply(held, { type: 'leave', userIds, reason: 'connection_lost' }, null);
    });
  }
}
