import type { TestApp } from 'test/support/boot';

/** Where asking alone leaves a trace, or time does: what was tried and failed; what is being worked at; who is visible for a while. */
const TRACE_TABLES = ['security_events', 'outbox', 'nearby_users', 'location_followers', 'redis_sightings'];
/** So with these: when somebody was last seen, roll calls without an answer, guesses that are left. */
const TRACE_COLUMNS = ['last_active_at', 'absences', 'tries_left'];

/** What is in each table, in short: equal as long as nothing has changed. */
export async function digest(app: TestApp): Promise<Record<string, string>> {
  const tables = await app.db.query<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.tables
     WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND table_name <> ALL ($1)`,
    [TRACE_TABLES],
  );
  const sums = tables.map(
    ({ name }) =>
      `SELECT '${name}' AS name, count(*) || ' rows: ' || coalesce(sum(hashtextextended((to_jsonb(t) - $1::text[])::text, 0)), 0) AS state FROM "${name}" t`,
  );
  const states = await app.db.query<{ name: string; state: string }>(sums.join(' UNION ALL '), [TRACE_COLUMNS]);
  return Object.fromEntries(states.map(({ name, state }) => [name, state]));
}
