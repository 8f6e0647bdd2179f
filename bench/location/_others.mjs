import pg from 'pg';

/**
 * Adds `count` people of whom each shares where he is with a person, with a group or with his contacts, a third each; each has a private
 * chat with the next one, and every ten are in a group.
 */
export async function addOthers(databaseUrl, count) {
  const groups = count / 10;
  const id = (number) => `md5('other' || (${number}))::uuid`;
  const next = id(`n % ${count} + 1`);
  const all = `FROM generate_series(1, ${count}) n`;
  const statements = [
    `INSERT INTO users (id, tenant_id, username, email, password_hash, terms)
       SELECT ${id('n')}, 'default', 'other' || n, n || '@others.example', '', '' ${all}`,
    `INSERT INTO chats (id, tenant_id, chat_type, created_by) OVERRIDING SYSTEM VALUE
       SELECT 1000000 + n, 'default', CASE WHEN n > ${groups} THEN 'private' ELSE 'group' END, ${id('n')} ${all}`,
    `INSERT INTO chat_participants (chat_id, user_id, role) SELECT 1000000 + n, ${id('n')}, 'member' ${all}
       UNION ALL SELECT 1000000 + n, ${next}, 'member' ${all} WHERE n > ${groups}
       UNION ALL SELECT 1000000 + n % ${groups} + 1, ${id('n')}, 'member' ${all} WHERE n > ${groups}`,
    `INSERT INTO live_locations (user_id, latitude, longitude, recorded_at, location_id, grid_key)
       SELECT ${id('n')}, 1, 1, now(), 1000000 + n, gen_random_uuid() ${all}`,
    `INSERT INTO location_shares (user_id, audience, target_user_id, chat_id, is_active, precision, shows_history)
       SELECT ${id('n')}, (ARRAY['user', 'chat', 'contacts'])[n % 3 + 1], CASE WHEN n % 3 = 0 THEN ${next} END,
         CASE WHEN n % 3 = 1 THEN 1000000 + n % ${groups} + 1 END, true, 'exact', true ${all}`,
    'ANALYZE',
  ];
  const db = new pg.Client({ connectionString: databaseUrl });
  await db.connect();
  for (const statement of statements) await db.query(statement);
  await db.end();
}
