const WEEKS = 4;
const WEEK_MS = 7 * 86_400_000;
const DAYS_TO_MONDAY = 3; // 1970 began on a Thursday

/**
 * Fills the history with so many points of the last four weeks, week by week into its own partition, in the order of their recording:
 * those of `readers` and of so many others that each has `each`. A week's index is built when it is full, as quickly as that goes.
 * Gives the moments at which the first point was recorded and the last.
 */
export async function writePast(db, { points, readers, each }) {
  const people = Math.max(readers.length, Math.round(points / each));
  await db.query(`CREATE TABLE bench_people AS SELECT * FROM unnest($1::uuid[]) AS id`, [readers]);
  await db.query('INSERT INTO bench_people SELECT gen_random_uuid() FROM generate_series(1, $1::int)', [
    people - readers.length,
  ]);
  const now = Date.now();
  const monday = now - ((now + DAYS_TO_MONDAY * 86_400_000) % WEEK_MS);
  const begin = monday - (WEEKS - 1) * WEEK_MS;
  const step = Math.floor(((now - begin) * people) / points);
  for (let from = begin; from < now; from += WEEK_MS) await writeWeek(db, from, Math.min(from + WEEK_MS, now), step);
  await db.query('VACUUM (ANALYZE) user_locations');
  return { begin: new Date(begin), end: new Date(now) };
}

async function writeWeek(db, from, until, step) {
  const [monday, next] = [from, from + WEEK_MS].map((at) => new Date(at).toISOString().slice(0, 10));
  const table = `user_locations_w${monday.replaceAll('-', '')}`;
  await db.query(`DROP TABLE IF EXISTS ${table}`);
  await db.query(`CREATE TABLE ${table} (LIKE user_locations_weekly INCLUDING DEFAULTS)`);
  await db.query(
    `INSERT INTO ${table} (id, user_id, recorded_at, is_permanent, latitude, longitude, accuracy, altitude, speed, heading)
     SELECT nextval('user_locations_id_seq'), id, at, false, 45 + random(), 14 + random(), 8, 560, 1.4, 92
     FROM generate_series($1::timestamptz, $2::timestamptz - interval '1 millisecond', make_interval(secs => $3)) AS at, bench_people`,
    [new Date(from), new Date(until), step / 1000],
  );
  await db.query(`ALTER TABLE ${table} ADD PRIMARY KEY (user_id, recorded_at, id, is_permanent)`);
  await db.query(
    `ALTER TABLE user_locations_weekly ATTACH PARTITION ${table} FOR VALUES FROM ('${monday} 00:00+00') TO ('${next} 00:00+00')`,
  );
}
