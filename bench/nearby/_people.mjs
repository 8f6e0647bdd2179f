/** Degrees: so many people are evenly in a square of so many to the north and the east of 45° N, 14° E, always equally dense. */
export const spanOf = (people) => 4 * Math.sqrt(people / 1_000_000);

/**
 * So many people who want to be found and have just said where they are: accounts that can't log in, and the `callers` (ids), who
 * have accounts already. Nobody is found by his name (`terms`).
 */
export async function livePeople(db, { people, callers }) {
  await db.query('CREATE TABLE bench_people AS SELECT gen_random_uuid() AS id FROM generate_series(1, $1::int)', [
    Math.max(0, people - callers.length),
  ]);
  await db.query(
    `INSERT INTO users (id, tenant_id, username, email, password_hash, terms)
     SELECT id, 'default', 'n' || replace(id::text, '-', ''), id || '@example.org', '', '' FROM bench_people`,
  );
  await db.query('INSERT INTO bench_people SELECT * FROM unnest($1::uuid[])', [callers]);
  await db.query(
    `INSERT INTO live_locations (user_id, location_id, latitude, longitude, accuracy, recorded_at, grid_key)
     SELECT id, nextval('user_locations_id_seq'), 45 + random() * ${spanOf(people)}, 14 + random() * ${spanOf(people)}, 8, now(), gen_random_uuid()
     FROM bench_people`,
  );
  await db.query('INSERT INTO nearby_users (user_id) SELECT id FROM bench_people');
  await db.query('VACUUM (ANALYZE) users, live_locations, nearby_users');
}
