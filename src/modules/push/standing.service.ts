import { Injectable, type OnModuleInit } from '@nestjs/common';
import { groupBy } from 'src/core/collections/collections';
import { Database } from 'src/core/database/database';
import { handlerDecorator, Handlers, type Handler } from 'src/core/discovery/discovery';
import { Jobs } from 'src/core/jobs/jobs';
import { InboxService } from 'src/modules/push/inbox.service';
import { NotificationsRepository, type ClaimedNotification } from 'src/modules/push/notifications.repository';
import { MOST_AT_ONCE } from 'src/modules/push/push.transport';
import { WithdrawalsRepository, type ToldNotification } from 'src/modules/push/withdrawals.repository';
import { BlocksService } from 'src/modules/users/blocks.service';

/** What a user is told, or was. */
export interface Told {
  userId: string;
  /** Of `Note.key`, what follows the name and the colon. */
  of: string;
}

/** Whether there is still reason to tell it, or not now, or never again. */
export type Standing = 'stands' | 'waits' | 'over';

const STILL = Symbol('StillTold');
/**
 * A method `(told: Told[]) => Promise<Standing[]>` of a feature, for notes whose key begins with the name and a colon: whether they still
 * stand, in the same order. Asked before each try to send, so a few statements for any number.
 */
export const StillTold = handlerDecorator<string>(STILL);

/** What waits to be told again is looked at so often. */
const LOOK_AGAIN_MS = 600_000;

/** Tells what is still to be told from what is not any more: much may happen while a push waits. */
@Injectable()
export class StandingService implements OnModuleInit {
  private features = new Map<string, Handler>();

  constructor(
    private readonly handlers: Handlers,
    private readonly db: Database,
    private readonly jobs: Jobs,
    private readonly blocks: BlocksService,
    private readonly notifications: NotificationsRepository,
    private readonly withdrawals: WithdrawalsRepository,
    private readonly inbox: InboxService,
  ) {}

  onModuleInit() {
    this.features = new Map(this.handlers.of(STILL).map((handler) => [handler.name, handler]));
  }

  /** Those that are to be told now. What is over is taken back, wherever it has come; what waits is let go of until later. */
  async sift(claimed: ClaimedNotification[]): Promise<ClaimedNotification[]> {
    const standings = await this.standingsOf(claimed);
    const those = (standing: Standing) => claimed.filter((_, index) => standings[index] === standing);
    const [over, waiting] = [those('over'), those('waits')];
    if (over.length || waiting.length)
      await this.db.tx(async () => {
        await this.notifications.release([...over, ...waiting]);
        await this.retract(over);
        if (waiting.length) await this.jobs.enqueue('push.deliver', idsOf(waiting), { delayMs: LOOK_AGAIN_MS });
      });
    return those('stands');
  }

  /**
   * Looks again at what was told of somebody, in the kinds `geofence` and `system`: nothing is left of what does not stand any more. Only
   * what one user was told, and only under keys that begin with a name and a colon, if these are given.
   */
  async reconsider(aboutUserId: string, { userId, name }: { userId?: string; name?: string } = {}): Promise<void> {
    for (let after = 0; ;) {
      const told = await this.withdrawals.toldAbout(aboutUserId, { userId, name, after, limit: MOST_AT_ONCE });
      const standings = await this.standingsOf(told);
      await this.db.tx(() => this.retract(told.filter((_, index) => standings[index] === 'over')));
      if (told.length < MOST_AT_ONCE) return;
      after = told.at(-1)!.id;
    }
  }

  private retract = (over: { id: number }[]): Promise<void> =>
    this.inbox.takeBackIds(
      over.map(({ id }) => id),
      'said',
    );

  /** Between whom there is a block nothing is told, whatever the feature says. */
  private async standingsOf(told: ToldNotification[]): Promise<Standing[]> {
    const standings = new Map<ToldNotification, Standing>();
    for (const [name, some] of groupBy(told, ({ key }) => key.slice(0, key.indexOf(':')))) {
      const feature = this.features.get(name);
      if (!feature) continue;
      const asked: Told[] = some.map(({ user_id: userId, key }) => ({ userId, of: key.slice(name.length + 1) }));
      const answers = (await feature.run(asked)) as Standing[];
      some.forEach((one, index) => standings.set(one, answers[index]!));
    }
    const pairs = told.flatMap(({ user_id: userId, about_user_id: other }) =>
      other !== null && other !== userId ? [[userId, other] as [string, string]] : [],
    );
    const parted = new Set((await this.blocks.parted(pairs)).map(([one, other]) => `${one} ${other}`));
    return told.map((one) =>
      parted.has(`${one.user_id} ${one.about_user_id}`) ? 'over' : (standings.get(one) ?? 'stands'),
    );
  }
}

const idsOf = (rows: { id: number }[]) => ({ notification_ids: rows.map(({ id }) => id) });
