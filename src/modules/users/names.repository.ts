import { Injectable } from '@nestjs/common';
import { Database } from 'src/core/database/database';
import { nameTerms, type Named } from 'src/modules/users/name-terms';

type Ask = <Row extends object>(sql: string, parameters: unknown[]) => Promise<Row[]>;
type Row = Named & { id: string };

const NOBODY = '00000000-0000-0000-0000-000000000000';
const AT_ONCE = 500;

/**
 * Who is held by another is left to the next time, so that this waits for nobody; and so is who is called otherwise by now. It may be
 * broken off, and be done by several at once.
 */
const FILL = `
  WITH held AS (SELECT id FROM users WHERE id = ANY($1) AND terms IS NULL ORDER BY id FOR NO KEY UPDATE SKIP LOCKED)
  UPDATE users u SET terms = n.terms::tsvector
  FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) AS n (id, username, display_name, terms) JOIN held USING (id)
  WHERE u.id = n.id AND u.username = n.username AND u.display_name IS NOT DISTINCT FROM n.display_name`;

async function fill(ask: Ask, rows: Row[]): Promise<void> {
  const columns = [
    rows.map(({ username }) => username),
    rows.map(({ displayName }) => displayName),
    rows.map(nameTerms),
  ];
  await ask(FILL, [rows.map(({ id }) => id), ...columns]);
}

/** Fills the terms of all, of whatever tenant, that have none: since the column is new, or since nodes of an earlier version write names. */
export async function fillMissing(ask: Ask): Promise<void> {
  const sql = `SELECT id, username, display_name AS "displayName" FROM users WHERE terms IS NULL AND id > $1 ORDER BY id LIMIT ${AT_ONCE}`;
  for (let above = NOBODY; ;) {
    const rows = await ask<Row>(sql, [above]);
    if (rows.length) await fill(ask, rows);
    if (rows.length < AT_ONCE) return;
    above = rows.at(-1)!.id;
  }
}

/** What people are found by. */
@Injectable()
export class NamesRepository {
  constructor(private readonly db: Database) {}

  fillMissing = (): Promise<void> => fillMissing((sql, parameters) => this.db.query(sql, parameters));

  /** Of somebody whose names the open transaction has changed. */
  async fillOf(id: string): Promise<void> {
    const ask: Ask = (sql, parameters) => this.db.query(sql, parameters);
    const sql = 'SELECT id, username, display_name AS "displayName" FROM users WHERE id = $1 AND terms IS NULL';
    const rows = await ask<Row>(sql, [id]);
    if (rows.length) await fill(ask, rows);
  }
}
