import { Injectable } from '@nestjs/common';
import { Database } from 'src/core/database/database';
import type { PushNotification } from 'src/modules/push/push.entities';

export interface WithdrawnNotification {
  id: number;
  user_id: string;
  key: string;
  notification_type: PushNotification['notificationType'];
  data: Record<string, string>;
  is_being_sent: boolean;
}

/** What a user was told, or is to be. */
export interface ToldNotification {
  id: number;
  user_id: string;
  about_user_id: string | null;
  key: string;
}

/** How much is taken back: from the devices, or all that it said too, from the list as well. */
export type Extent = 'shown' | 'said';

/** What was taken back. */
export interface Withdrawn {
  /** Those that devices may have. */
  onDevices: number[];
  /** In whose lists something is read that was not, or is not any more. */
  listed: string[];
}

/** Withdrawn after it was sent to some device or may have been, or while it was being sent. */
const MAY_BE_THERE = `(n.is_sent OR (n.claimed_at IS NOT NULL AND coalesce(n.error_message, 'withdrawn') = 'withdrawn')
  OR EXISTS (SELECT FROM push_deliveries p WHERE p.notification_id = n.id AND p.error_message IS NULL))`;
const WITHDRAW = `withdrawn_at = coalesce(n.withdrawn_at, now()), read_at = coalesce(n.read_at, now()),
  error_message = CASE WHEN n.is_sent THEN n.error_message ELSE coalesce(n.error_message, 'withdrawn') END`;
/** Apps may still need to know which it was. */
const FORGET = `title = '', body = '', texts = NULL, in_inbox = false,
  data = (SELECT coalesce(jsonb_object_agg(key, value), '{}') FROM jsonb_each(n.data) WHERE key = 'type' OR key LIKE '%\\_id')`;

/** What was told of groups, up to positions. */
const OF_GROUPS = `unnest($1::uuid[], $2::text[], $3::bigint[]) AS t (user_id, group_key, up_to)
  ON n.user_id = t.user_id AND n.group_key = t.group_key AND n.group_position <= t.up_to`;

/** How far somebody knows what a group tells. */
export interface Known {
  userId: string;
  group: string;
  upTo: number;
}

const columnsOf = (known: Known[]) => [
  known.map(({ userId }) => userId),
  known.map(({ group }) => group),
  known.map(({ upTo }) => upTo),
];

/** What users were told and shall not be any more. */
@Injectable()
export class WithdrawalsRepository {
  constructor(private readonly db: Database) {}

  /** Takes back what users were told under a key. */
  ofKeys(told: { userId: string; key: string }[], extent: Extent): Promise<Withdrawn> {
    return this.withdraw(
      'unnest($1::uuid[], $2::text[]) AS t (user_id, key) ON n.user_id = t.user_id AND n.dedupe_key = t.key',
      [told.map(({ userId }) => userId), told.map(({ key }) => key)],
      extent,
    );
  }

  ofIds(ids: number[], extent: Extent): Promise<Withdrawn> {
    return this.withdraw('unnest($1::bigint[]) AS t (id) ON n.id = t.id', [ids], extent);
  }

  /** The same of groups, up to a position. */
  ofGroups(told: Known[], extent: Extent): Promise<Withdrawn> {
    return this.withdraw(OF_GROUPS, columnsOf(told), extent);
  }

  /** Was anything told of these that still stands? */
  async isToldOf(groups: Known[]): Promise<boolean> {
    const sql = `SELECT n.id FROM push_notifications n JOIN ${OF_GROUPS} WHERE n.withdrawn_at IS NULL LIMIT 1`;
    return (await this.db.prepared('told of groups', sql, columnsOf(groups))).length > 0;
  }

  /** What is told of somebody beside his messages and calls, and not forgotten, in the order of the ids. */
  toldAbout(
    aboutUserId: string,
    { userId, name, after, limit }: { userId?: string; name?: string; after: number; limit: number },
  ): Promise<ToldNotification[]> {
    return this.db.query(
      `SELECT id, user_id, about_user_id, dedupe_key AS key FROM push_notifications
       WHERE about_user_id = $1 AND notification_type IN ('geofence', 'system') AND texts IS NOT NULL
         AND ($2::uuid IS NULL OR user_id = $2) AND ($3::text IS NULL OR starts_with(dedupe_key, $3 || ':')) AND id > $4
       ORDER BY id LIMIT $5`,
      [aboutUserId, userId ?? null, name ?? null, after, limit],
    );
  }

  /**
   * What was withdrawn, and whether another worker may be sending it at this moment; or what will take its place on the devices, and
   * would go with it.
   */
  withdrawn(ids: number[], leaseSeconds: number): Promise<WithdrawnNotification[]> {
    const beingSent = (row: string) => `coalesce(${row}.claimed_at > now() - $2 * interval '1 second', false)`;
    return this.db.query(
      `SELECT n.id, n.user_id, coalesce(n.group_key, n.dedupe_key) AS key, n.notification_type, n.data,
         (NOT n.is_sent AND ${beingSent('n')}) OR EXISTS (
           SELECT FROM push_notifications newer
           WHERE newer.user_id = n.user_id AND newer.group_key = n.group_key AND newer.group_position > n.group_position
             AND newer.withdrawn_at IS NULL AND NOT newer.is_sent AND newer.error_message IS NULL AND ${beingSent('newer')}
         ) AS is_being_sent
       FROM push_notifications n WHERE n.id = ANY($1) ORDER BY n.id`,
      [ids, leaseSeconds],
    );
  }

  /** Rows are locked in the order of their ids, as everybody does. What is withdrawn already may still have something to forget. */
  private async withdraw(which: string, parameters: unknown[], extent: Extent): Promise<Withdrawn> {
    const rows = await this.db.query<{
      id: number;
      user_id: string;
      is_new: boolean;
      is_listed: boolean;
      may_be_there: boolean;
    }>(
      `WITH told AS (
         SELECT n.id, n.withdrawn_at IS NULL AS is_new, n.in_inbox AND n.title <> ''${extent === 'shown' ? ' AND n.read_at IS NULL' : ''} AS is_listed
         FROM push_notifications n JOIN ${which}
         ${extent === 'shown' ? 'WHERE n.withdrawn_at IS NULL' : ''} ORDER BY n.id FOR NO KEY UPDATE OF n)
       UPDATE push_notifications n SET ${WITHDRAW}${extent === 'said' ? `, ${FORGET}` : ''} FROM told WHERE n.id = told.id
       RETURNING n.id, n.user_id, told.is_new, told.is_listed, ${MAY_BE_THERE} AS may_be_there`,
      parameters,
    );
    return {
      onDevices: rows.filter((row) => row.is_new && row.may_be_there).map(({ id }) => id),
      listed: rows.filter((row) => row.is_listed).map((row) => row.user_id),
    };
  }
}
