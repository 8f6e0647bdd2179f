import { Inject, Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { ENV, type Env } from 'src/config/env';
import { groupBy } from 'src/core/collections/collections';
import { currentContext, outsideContext, runInContext, type Context } from 'src/core/context/context';
import { Presence } from 'src/core/realtime/presence';
import { Realtime } from 'src/core/realtime/realtime';
import { RedisKeys } from 'src/core/redis/keys';
import { COMMANDS, type RedisClient } from 'src/core/redis/tokens';
import { LocationAccess, type Visible } from 'src/modules/location/location.access';
import { ReadsService, toRead } from 'src/modules/location/reads.service';

/** A watcher who stays connected is noted in the log so often. */
const NOTE_EVERY_MS = 300_000;
const MOST_NOTED = 100_000;

/**
 * Sends positions to their watchers. What is sent is read at that moment, so the newest wins, and what has just been revoked is not
 * sent, on any node. One person's moves are told at most once an interval, over all nodes; what came in between is told as it is
 * then. Nothing waits for a watcher.
 */
@Injectable()
export class Fanout implements BeforeApplicationShutdown {
  private readonly logger = new Logger('Fanout');
  private readonly intervalMs: number;
  /** Owners who have moved and are not told of yet, with the context of the first move. */
  private waiting = new Map<string, Context>();
  private timer?: NodeJS.Timeout | undefined;
  private sending = Promise.resolve();
  private isClosing = false;
  private noted = new Map<string, number>();
  /** When owners were last told of, while Redis does not know. */
  private told = new Map<string, number>();

  constructor(
    private readonly access: LocationAccess,
    private readonly reads: ReadsService,
    private readonly realtime: Realtime,
    private readonly presence: Presence,
    private readonly keys: RedisKeys,
    @Inject(COMMANDS) private readonly redis: RedisClient,
    @Inject(ENV) env: Env,
  ) {
    this.intervalMs = env.LOCATION_UPDATE_INTERVAL_MS;
  }

  /** The owners have moved. */
  async moved(ownerIds: string[]): Promise<void> {
    const due = await this.due(ownerIds);
    // there is no later here
    if (this.isClosing) return this.show(ownerIds);
    const context = currentContext();
    for (const ownerId of ownerIds)
      if (!due.has(ownerId) && !this.waiting.has(ownerId)) this.waiting.set(ownerId, context);
    this.wake();
    await this.show([...due]);
  }

  /** Sends the present positions of the owners to all who may see them, or to those of them who are named, at once. */
  async show(ownerIds: string[], viewerIds?: string[]): Promise<void> {
    if (!ownerIds.length) return;
    const named = viewerIds && new Set(viewerIds);
    const all = await this.access.visible({ ownerIds });
    const visible = named ? all.filter(({ viewerId }) => named.has(viewerId)) : all;
    const byShare = groupBy(visible, ({ position }) => `${position.user_id}:${position.share_id}`);
    for (const group of byShare.values())
      this.realtime.toUsers(
        group.map(({ viewerId }) => viewerId),
        'shared_location_update',
        group[0]!.position,
      );
    await this.note(visible);
  }

  /** Tells what waits: nobody else would. */
  async beforeApplicationShutdown() {
    this.isClosing = true;
    clearTimeout(this.timer);
    await this.sending;
    await this.tellWaiting();
  }

  /** Those of the owners of whom nothing was told for an interval; none is told of before another has passed. */
  private async due(ownerIds: string[]): Promise<Set<string>> {
    if (!this.intervalMs) return new Set(ownerIds);
    const marked = await this.keys.divide(ownerIds, String, async (ids, partition) => {
      const marks = this.redis.pipeline();
      ids.forEach((id) => marks.set(partition.key('location', 'told', id), '1', 'PX', this.intervalMs, 'NX'));
      const replies = await marks.exec().catch(() => null);
      return ids.map((id, index) => {
        const reply = replies?.[index];
        return reply && !reply[0] ? reply[1] === 'OK' : this.isDueHere(id);
      });
    });
    return new Set(ownerIds.filter((_, index) => marked[index]));
  }

  /** Without Redis each node counts for itself. */
  private isDueHere(ownerId: string): boolean {
    const now = performance.now();
    if (now - (this.told.get(ownerId) ?? -Infinity) < this.intervalMs) return false;
    if (this.told.size >= MOST_NOTED) this.told = new Map();
    this.told.set(ownerId, now);
    return true;
  }

  private wake() {
    if (!this.waiting.size || this.timer) return;
    const wait = Math.max(20, this.intervalMs / 4);
    this.timer = outsideContext(() => setTimeout(() => void (this.sending = this.tellWaiting()), wait));
  }

  private async tellWaiting() {
    this.timer = undefined;
    const waiting = this.waiting;
    this.waiting = new Map();
    const byTenant = new Map<string, { context: Context; ownerIds: string[] }>();
    for (const [ownerId, context] of waiting) {
      const of = byTenant.get(context.tenantId) ?? { context, ownerIds: [] };
      byTenant.set(context.tenantId, of);
      of.ownerIds.push(ownerId);
    }
    for (const { context, ownerIds } of byTenant.values())
      await runInContext(context, () => this.moved(ownerIds)).catch((error: unknown) =>
        this.logger.error('could not tell of moves', error),
      );
  }

  /** Notes who got something: those who have an open connection, now and then. */
  private async note(visible: Visible[]) {
    const now = performance.now();
    if (this.noted.size > MOST_NOTED) this.noted = new Map();
    const due = visible.filter((one) => {
      if (one.position.state === 'paused') return false;
      return now - (this.noted.get(notedAs(one)) ?? -Infinity) >= NOTE_EVERY_MS;
    });
    if (!due.length) return;
    const online = await this.presence.online([...new Set(due.map(({ viewerId }) => viewerId))]);
    const got = due.filter(({ viewerId }) => online.has(viewerId));
    got.forEach((one) => this.noted.set(notedAs(one), now));
    await this.reads.note(got.map((one) => ({ ...toRead(one), exit: 'socket' as const })));
  }
}

/** Who sees more than he was noted with is noted anew. */
const notedAs = ({ viewerId, position }: Visible) => `${position.share_id}:${viewerId}:${position.precision}`;
