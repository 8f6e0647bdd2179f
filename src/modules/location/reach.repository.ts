import { Injectable } from '@nestjs/common';
import { arrayOf, columnOf, ofAnyLength } from 'src/core/database/arrays';
import { Database } from 'src/core/database/database';
import type { Neighbour } from 'src/modules/location/location.dto';
import type { Grant, SharedPosition } from 'src/modules/location/location.policy';

/**
 * Whom the share `s` opens a position to, told as `columns` of each viewer; `shares` gives `s`, or nothing where it is the row of a
 * statement around. Who is a contact of the owner's, the view "contacts" says, which the settings of privacy ask too. Who leaves a chat, be
 * it the owner, is out at once; and the owner's share with it does not come back with him.
 */
const opens = (shares: string, columns: (viewer: string) => string) => `
  SELECT ${columns('s.target_user_id')} FROM ${shares} WHERE s.audience = 'user'
  UNION ALL
  SELECT ${columns('p.user_id')} FROM ${shares}
    JOIN chat_participants o ON o.chat_id = s.chat_id AND o.user_id = s.user_id AND o.left_at IS NULL AND o.joined_at <= s.created_at
    JOIN chat_participants p ON p.chat_id = s.chat_id AND p.user_id <> s.user_id AND p.left_at IS NULL
  WHERE s.audience = 'chat'
  UNION ALL
  SELECT ${columns('k.contact_id')} FROM ${shares} JOIN contacts k ON k.user_id = s.user_id WHERE s.audience = 'contacts'`;

/** Of all active shares, as (share_id, viewer_id): for who begins with viewers. */
export const REACH = opens(
  '(SELECT * FROM location_shares WHERE is_active) s',
  (viewer) => `s.id AS share_id, ${viewer} AS viewer_id`,
);

/** Shares as `s` and their viewers as `r`, for who begins with shares or owners: joined to `REACH`, PostgreSQL works out that of all shares. */
const SHARES = `location_shares s CROSS JOIN LATERAL (${opens('(SELECT) AS this', (viewer) => `${viewer} AS viewer_id`)}) r`;

/** One has blocked the other. By pairs: through a view of both ways PostgreSQL reads all blocks there are where it expects many rows. */
export const blocked = (one: string, other: string) => `EXISTS (SELECT FROM user_blocks b
  WHERE (b.blocker_id, b.blocked_id) IN ((${one}, ${other}), (${other}, ${one})))`;
/** Of a viewer `r` of a share `s`. */
export const UNBLOCKED = `NOT ${blocked('s.user_id', 'r.viewer_id')}`;

/** An index finds the active shares, the clock says which of them are live. */
export const LIVE = 's.is_active AND (s.expires_at IS NULL OR s.expires_at > now())';

const CIRCLES = `json_agg(json_build_object('latitude', p.latitude, 'longitude', p.longitude, 'radius', p.radius, 'key', p.key))`;
const PLACES = `
  LEFT JOIN LATERAL (
    SELECT coalesce(${CIRCLES}, '[]') AS private_places FROM private_places p WHERE p.user_id = s.user_id) places ON true`;

/** What is shown of a live position, and what that is decided by. */
const POSITION =
  'l.user_id, l.location_id, l.latitude, l.longitude, l.accuracy, l.altitude, l.speed, l.heading, l.recorded_at, l.grid_key, private_places';

const GRANT = `s.id AS share_id, s.precision, s.is_active, s.expires_at, now() AS at`;

/** Nothing passes between two of whom one has blocked the other, whatever the share says. */
const PARTED = `(NOT (o.is_active AND v.is_active) OR ${blocked('o.id', 'v.id')}) AS parted`;

/** Which positions are asked for: of these owners, by whoever may see them or by this viewer. */
export interface Asked {
  ownerIds: string[];
  viewerId?: string;
}

const positions = (shares: string) => `
  SELECT ${GRANT}, r.viewer_id, ${PARTED}, ${POSITION}
  FROM ${shares} JOIN live_locations l ON l.user_id = s.user_id
    JOIN users o ON o.id = s.user_id JOIN users v ON v.id = r.viewer_id ${PLACES}
  WHERE ${LIVE}`;
const POSITIONS_OF = `${positions(SHARES)} AND s.user_id = ANY(${ofAnyLength('$1', 'uuid')})`;
const SHOWN_TO = `${positions(`(${REACH}) r JOIN location_shares s ON s.id = r.share_id`)} AND r.viewer_id = ANY(${ofAnyLength('$1', 'uuid')})`;

/** What a share that shows history needs beside the grant. */
export interface HistoryGrant extends Grant, Pick<SharedPosition, 'private_places' | 'grid_key'> {
  /** Nothing from before is shown. */
  begun_at: Date;
}

/** What a live share shows to one of those to whom it opens. */
export interface SightRow extends HistoryGrant {
  /** The owner. */
  user_id: string;
  viewer_id: string;
  /** Nothing from before is shown to this viewer: unless the share shows history, what was before he came into its chat is not for him. */
  viewed_from: Date;
}

const SIGHT = `
  SELECT ${GRANT}, s.user_id, r.viewer_id, ${PARTED}, s.created_at AS begun_at, coalesce(l.grid_key::text, '') AS grid_key, private_places,
    CASE WHEN s.shows_history OR s.chat_id IS NULL THEN s.created_at ELSE (SELECT greatest(s.created_at, p.joined_at) FROM chat_participants p
      WHERE p.chat_id = s.chat_id AND p.user_id = r.viewer_id) END AS viewed_from`;
const SIGHT_FROM = `
  FROM ${SHARES} LEFT JOIN live_locations l ON l.user_id = s.user_id
  JOIN users o ON o.id = s.user_id JOIN users v ON v.id = r.viewer_id ${PLACES}
  WHERE ${LIVE}`;

/** That a share opens, or has closed, to somebody. */
export interface Opened {
  share_id: number;
  viewer_id: string;
}

/** Somebody whose position is fresh, as those may know who look for people near by. */
export type PresentRow = Omit<Neighbour, 'cell'> &
  Pick<SharedPosition, 'latitude' | 'longitude' | 'accuracy' | 'grid_key' | 'parted'> & {
    private_places: SharedPosition['private_places'] | null;
  };

const PRESENT = `
  SELECT l.user_id, l.latitude, l.longitude, l.accuracy, l.grid_key, private_places, s.username, s.display_name, s.avatar_url,
    NOT s.is_active OR s.user_id IN (SELECT blocked_id FROM user_blocks WHERE blocker_id = $2::uuid
      UNION ALL SELECT blocker_id FROM user_blocks WHERE blocked_id = $2) AS parted
  FROM live_locations l JOIN (SELECT id AS user_id, is_active, username, display_name, avatar_url FROM users) s ON s.user_id = l.user_id
    LEFT JOIN (SELECT user_id, ${CIRCLES} AS private_places FROM private_places p WHERE p.user_id = ANY($1::uuid[]) GROUP BY user_id) places
      ON places.user_id = l.user_id
  WHERE l.user_id = ANY($1::uuid[]) AND l.recorded_at > now() - make_interval(secs => $3)`;

/** Who may see whom now. What it gives is to be shown only through `LocationAccess`. */
@Injectable()
export class ReachRepository {
  constructor(private readonly db: Database) {}

  positions({ ownerIds, viewerId }: Asked): Promise<SharedPosition[]> {
    if (!viewerId) return this.db.prepared('location positions of all', POSITIONS_OF, [arrayOf(ownerIds)]);
    return this.db.prepared('location positions', `${POSITIONS_OF} AND r.viewer_id = $2`, [
      arrayOf(ownerIds),
      viewerId,
    ]);
  }

  /** All positions that are shown to any of the viewers. */
  shownTo(viewerIds: string[]): Promise<SharedPosition[]> {
    return this.db.prepared('location shown to', SHOWN_TO, [arrayOf(viewerIds)]);
  }

  /** The position that a link shows; `views` counts what is about to be shown. */
  async byLink(shareId: number): Promise<SharedPosition | undefined> {
    const [row] = await this.db.query<SharedPosition>(
      `SELECT ${GRANT}, NULL AS viewer_id, NOT o.is_active AS parted, ${POSITION}
       FROM location_shares s JOIN live_locations l ON l.user_id = s.user_id JOIN users o ON o.id = s.user_id ${PLACES}
       WHERE s.id = $1`,
      [shareId],
    );
    return row;
  }

  /** Those of the users whose position is younger than so many seconds. */
  present(userIds: string[], viewerId: string | null, seconds: number): Promise<PresentRow[]> {
    return this.db.prepared('location present', PRESENT, [arrayOf(userIds), viewerId, seconds]);
  }

  /** The shares by which the viewer may see the owner's history. */
  histories(ownerId: string, viewerId: string): Promise<HistoryGrant[]> {
    return this.db.prepared(
      'location histories',
      `SELECT ${GRANT}, ${PARTED}, s.created_at AS begun_at, l.grid_key, private_places
       FROM ${SHARES} JOIN live_locations l ON l.user_id = s.user_id
         JOIN users o ON o.id = s.user_id JOIN users v ON v.id = r.viewer_id ${PLACES}
       WHERE ${LIVE} AND s.shows_history AND s.user_id = $1 AND r.viewer_id = $2`,
      [ownerId, viewerId],
    );
  }

  /** The live ones among these shares, for these viewers; a viewer not named stands for any of those whom the share opens to. */
  sights(asked: { shareId: number; viewerId: string | null }[]): Promise<SightRow[]> {
    return this.db.prepared(
      'location sights',
      `SELECT x.* FROM (
         SELECT DISTINCT * FROM unnest(${ofAnyLength('$1', 'bigint')}, ${ofAnyLength('$2', 'uuid')}) AS a (share_id, viewer_id)
       ) a CROSS JOIN LATERAL (
         SELECT * FROM (${SIGHT} ${SIGHT_FROM}
           AND s.id = a.share_id AND (a.viewer_id IS NULL OR r.viewer_id = a.viewer_id)) x WHERE NOT parted LIMIT 1) x`,
      [columnOf(asked, ({ shareId }) => shareId), columnOf(asked, ({ viewerId }) => viewerId)],
    );
  }

  /** The same of one share, for all whom it opens to. */
  sightsOf(shareId: number): Promise<SightRow[]> {
    const sql = `${SIGHT} ${SIGHT_FROM} AND s.id = $1`;
    return this.db.prepared('location sights of share', sql, [shareId]);
  }

  /** The same of all shares that open the owner's position to the viewer. */
  sightsBetween(ownerId: string, viewerId: string): Promise<SightRow[]> {
    const sql = `${SIGHT} ${SIGHT_FROM} AND s.user_id = $1 AND r.viewer_id = $2`;
    return this.db.prepared('location sights between', sql, [ownerId, viewerId]);
  }

  /** Whether a live share opens the owner's position to the viewer, be there one or not. */
  async reaches(ownerId: string, viewerId: string): Promise<boolean> {
    const rows = await this.db.prepared<{ parted: boolean }>(
      'location reaches',
      `SELECT ${PARTED} FROM ${SHARES} JOIN users o ON o.id = s.user_id
         JOIN users v ON v.id = r.viewer_id WHERE ${LIVE} AND s.user_id = $1 AND r.viewer_id = $2`,
      [ownerId, viewerId],
    );
    return rows.some(({ parted }) => !parted);
  }

  /** Whether the share is, or until it ended was, for the viewer. */
  async viewedBy(shareId: number, viewerId: string): Promise<boolean> {
    const rows = await this.db.prepared(
      'location viewed by',
      `SELECT 1 FROM ${SHARES} WHERE s.id = $1 AND r.viewer_id = $2 AND ${UNBLOCKED}`,
      [shareId, viewerId],
    );
    return rows.length > 0;
  }

  /**
   * Pairs of a live share and one of the newcomers to a chat, to whom the share opens by that chat; up to `limit`, without those who are
   * parted. Who was in before the share began, or got other terms, was told then.
   */
  openedTo(chatId: number, newcomerIds: string[], limit: number): Promise<Opened[]> {
    return this.db.prepared(
      'location opened to',
      `SELECT s.id AS share_id, r.viewer_id FROM ${SHARES} JOIN users o ON o.id = s.user_id AND o.is_active
         JOIN chat_participants n ON n.chat_id = $1 AND n.user_id = r.viewer_id AND n.joined_at >= s.updated_at
       WHERE s.id IN (
           SELECT id FROM location_shares WHERE chat_id = $1 AND is_active UNION ALL
           SELECT h.id FROM chats c JOIN chat_participants p ON p.chat_id = c.id JOIN location_shares h ON h.user_id = p.user_id
           WHERE c.id = $1 AND c.chat_type = 'private' AND h.audience = 'contacts' AND h.is_active)
         AND r.viewer_id = ANY(${ofAnyLength('$2', 'uuid')}) AND ${LIVE} AND ${UNBLOCKED}
       ORDER BY 1, 2 LIMIT $3`,
      [chatId, arrayOf(newcomerIds), limit],
    );
  }

  /** The same of the owner's share with all contacts and the other in a private chat: be it told before or not. */
  openedByAnswer(chatId: number, ownerId: string): Promise<Opened[]> {
    return this.db.prepared(
      'location opened by answer',
      `SELECT s.id AS share_id, r.viewer_id FROM ${SHARES}
         JOIN users o ON o.id = s.user_id AND o.is_active JOIN chat_participants n ON n.chat_id = $1 AND n.user_id = r.viewer_id
       WHERE s.user_id = $2 AND s.audience = 'contacts' AND ${LIVE} AND ${UNBLOCKED}`,
      [chatId, ownerId],
    );
  }

  /** Pairs of others' live share with a chat and one of those who have left it. */
  closedTo(chatId: number, leaverIds: string[], limit: number): Promise<Opened[]> {
    return this.db.prepared(
      'location closed to',
      `SELECT s.id AS share_id, r.viewer_id FROM location_shares s
         JOIN chat_participants o ON o.chat_id = s.chat_id AND o.user_id = s.user_id AND o.left_at IS NULL
         CROSS JOIN unnest(${ofAnyLength('$2', 'uuid')}) AS r (viewer_id)
       WHERE s.chat_id = $1 AND ${LIVE} AND r.viewer_id <> s.user_id AND ${UNBLOCKED} AND NOT EXISTS (
         SELECT FROM chat_participants p WHERE p.chat_id = s.chat_id AND p.user_id = r.viewer_id AND p.left_at IS NULL)
       ORDER BY 1, 2 LIMIT $3`,
      [chatId, leaverIds, limit],
    );
  }

  /** The owner's live shares with a chat or all contacts that would open to the viewer, were neither blocked; and whether one is. */
  wouldOpen(ownerId: string, viewerId: string): Promise<(Opened & { parted: boolean })[]> {
    return this.db.prepared(
      'location would open',
      `SELECT s.id AS share_id, r.viewer_id, ${PARTED} FROM ${SHARES} JOIN users o ON o.id = s.user_id JOIN users v ON v.id = r.viewer_id
       WHERE s.user_id = $1 AND r.viewer_id = $2 AND s.audience IN ('chat', 'contacts') AND ${LIVE} ORDER BY 1`,
      [ownerId, viewerId],
    );
  }

  /** Those who are in the chat of a share, and some others: up to `limit` people, without the blocked. */
  async around(shareId: number, otherIds: string[], limit: number): Promise<string[]> {
    const rows = await this.db.prepared<{ viewer_id: string }>(
      'location around',
      `SELECT r.viewer_id FROM location_shares s JOIN (
           SELECT p.user_id AS viewer_id, p.chat_id FROM chat_participants p WHERE p.left_at IS NULL
             AND p.chat_id = (SELECT chat_id FROM location_shares WHERE id = $1)
           UNION SELECT id, NULL FROM users WHERE id = ANY($2::uuid[])) r ON true
       WHERE s.id = $1 AND r.viewer_id <> s.user_id AND ${UNBLOCKED} LIMIT $3`,
      [shareId, otherIds, limit],
    );
    return [...new Set(rows.map(({ viewer_id }) => viewer_id))];
  }

  /** Whom the share is, or until it ended was, for; up to `limit` people, without the blocked. */
  async viewerIds(shareId: number, limit: number): Promise<string[]> {
    const rows = await this.db.prepared<{ viewer_id: string }>(
      'location viewers',
      `SELECT r.viewer_id FROM ${SHARES} WHERE s.id = $1 AND ${UNBLOCKED} LIMIT $2`,
      [shareId, limit],
    );
    return rows.map(({ viewer_id }) => viewer_id);
  }
}
