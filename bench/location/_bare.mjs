// A table of the same columns, keys, partitions and rules as `user_locations`, and what storing in it takes at least: prepared
// statements through `pg`, of values that are text already, committed as durably as ours (by the same PostgreSQL).

export const COLUMNS = ['latitude', 'longitude', 'accuracy', 'altitude', 'speed', 'heading'];

/** Makes the table: gives its name. */
export async function likeUserLocations(db) {
  await db.query(`
    CREATE TABLE bare (LIKE user_locations INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES) PARTITION BY LIST (is_permanent);
    CREATE TABLE bare_permanent PARTITION OF bare FOR VALUES IN (true);
    CREATE SEQUENCE bare_id_seq`);
  const { rows } = await db.query(
    `SELECT pg_get_constraintdef(oid) AS rule FROM pg_constraint WHERE conrelid = 'user_locations'::regclass AND contype = 'f'`,
  );
  for (const { rule } of rows) await db.query(`ALTER TABLE bare ADD ${rule}`);
  return 'bare';
}

/** Inserts points of one user in one statement. */
export const insertMany = (db, userId, points) =>
  db.query({
    name: 'bare many',
    text: `INSERT INTO bare (id, user_id, is_permanent, ${COLUMNS}, recorded_at)
      SELECT nextval('bare_id_seq'), $1, true, ${COLUMNS}, recorded_at
      FROM unnest(${COLUMNS.map((_, index) => `$${index + 2}::float8[]`)}, $8::timestamptz[]) AS p (${COLUMNS}, recorded_at)`,
    values: [
      userId,
      ...COLUMNS.map((name) => `{${points.map((point) => point[name]).join(',')}}`),
      `{${points.map((point) => point.recorded_at).join(',')}}`,
    ],
  });

/** Inserts one. */
export const insertOne = (db, userId, point) =>
  db.query({
    name: 'bare one',
    text: `INSERT INTO bare (id, user_id, is_permanent, ${COLUMNS}, recorded_at)
      VALUES (nextval('bare_id_seq'), $1, true, $2, $3, $4, $5, $6, $7, $8)`,
    values: [userId, ...COLUMNS.map((name) => point[name]), point.recorded_at],
  });

/** Makes beside it a table of present positions like ours, with one of each of the users. */
export async function likeLiveLocations(db, userIds) {
  await db.query('CREATE TABLE bare_live (LIKE live_locations INCLUDING ALL) WITH (fillfactor = 50)');
  await db.query(
    `INSERT INTO bare_live (user_id, location_id, latitude, longitude, recorded_at, grid_key)
     SELECT id, 0, 0, 0, '-infinity', gen_random_uuid() FROM unnest($1::uuid[]) id`,
    [userIds],
  );
}

/** Moves one's present position. */
export const moveOne = (db, userId, point) =>
  db.query({
    name: 'bare move',
    text: `UPDATE bare_live SET (${COLUMNS}, recorded_at) = ROW ($2, $3, $4, $5, $6, $7, $8) WHERE user_id = $1 AND recorded_at < $8`,
    values: [userId, ...COLUMNS.map((name) => point[name]), point.recorded_at],
  });
