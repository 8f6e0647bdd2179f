import { Injectable } from '@nestjs/common';
import type { Principal } from 'src/core/context/context';
import { Database } from 'src/core/database/database';
import { Forbidden } from 'src/core/errors/common.errors';
import { id as rowId } from 'src/core/fields/fields';
import { placeOf, toPage, type Page } from 'src/core/http/paging';
import { RoleBook } from 'src/core/http/roles';
import { InboxService } from 'src/modules/push/inbox.service';
import { NotificationNotFound } from 'src/modules/push/push.errors';
import type { Acknowledge, NotificationsQuery, StatsQuery } from 'src/modules/push/trace.dto';
import {
  TraceRepository,
  type DeliveryTrace,
  type NotificationRow,
  type StatsRow,
} from 'src/modules/push/trace.repository';

const KEPT_DAYS = 30;
const AT_ONCE = 5000;

/** What became of pushes. */
@Injectable()
export class TraceService {
  constructor(
    private readonly db: Database,
    private readonly trace: TraceRepository,
    private readonly roles: RoleBook,
    private readonly inbox: InboxService,
  ) {}

  /** Newest first. */
  async list(
    { userId }: Principal,
    { limit, cursor, unread = false }: NotificationsQuery,
  ): Promise<Page<NotificationRow>> {
    const rows = await this.trace.list(userId, unread, placeOf(rowId(), cursor), limit + 1);
    return toPage(rows, limit, ({ id }) => id);
  }

  unread = ({ userId }: Principal): Promise<number> => this.trace.unread(userId);

  /** With what became of it on each device. Throws `push.notification_not_found`. */
  async get({ userId }: Principal, id: number): Promise<[NotificationRow, DeliveryTrace[]]> {
    const row = await this.trace.ofUser(userId, id);
    if (!row) throw NotificationNotFound({ id });
    return [row, await this.trace.deliveries(id)];
  }

  /** A device says that it has a push, or that its user followed it. Safe to repeat. Throws `push.notification_not_found`. */
  async acknowledge(user: Principal, id: number, { event, device_token_id: deviceId }: Acknowledge): Promise<void> {
    await this.db.tx(async () => {
      await this.get(user, id);
      if (await this.trace.acknowledge(id, event, deviceId)) await this.inbox.changed('read', [user.userId]);
    });
  }

  /** The user has read his list up to one. */
  async readUpTo({ userId }: Principal, id: number): Promise<void> {
    await this.db.tx(async () => {
      if (await this.trace.readUpTo(userId, id)) await this.inbox.changed('read', [userId]);
    });
  }

  /** The user's own, or for admins all: by kind and by type of device. Throws `auth.forbidden`. */
  async stats(
    { userId, tenantId }: Principal,
    { scope, start_date: from, end_date: to, type: kind }: StatsQuery,
  ): Promise<[StatsRow[], StatsRow[]]> {
    if (scope === 'all' && (await this.roles.roleOf(userId)) !== 'admin') throw Forbidden();
    const counted = {
      userId: scope === 'all' ? null : userId,
      tenantId,
      from: from ?? null,
      to: to ?? null,
      kind: kind ?? null,
    };
    return Promise.all([this.trace.byKind(counted), this.trace.byDevice(counted)]);
  }

  /** Forgets what is older than 30 days. */
  async forgetOld(): Promise<void> {
    while ((await this.trace.forgetOld(KEPT_DAYS, AT_ONCE)) === AT_ONCE);
  }
}
