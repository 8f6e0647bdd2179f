import { inProject } from '../../scripts/lib/project.mjs';

/** What the repositories ask for a page and a list, as they ask it: `{ name: { sql, parameters } }`. */
export async function statementsOf(userId, chatId, deep) {
  const asked = [];
  const query = (sql, parameters) => (asked.push({ sql, parameters }), Promise.resolve([]));
  const db = { query, prepared: (_name, sql, parameters) => query(sql, parameters) };
  const repository = async (file, name) => new (await compiled(file))[name](db);
  const messages = await repository('messages.repository', 'MessagesRepository');
  const chats = await repository('chats.repository', 'ChatsRepository');
  await messages.before(userId, chatId, Number.MAX_SAFE_INTEGER, 51);
  await messages.before(userId, chatId, deep, 51);
  await chats.listOfUser(userId, 101, false);
  const [newest, old, list] = asked;
  return { 'newest page': newest, 'deep page': old, 'list of chats': list };
}

const compiled = async (file) => {
  const loaded = await import(inProject('dist', 'src', 'modules', 'chats', `${file}.js`));
  return loaded.default ?? loaded;
};

/** How PostgreSQL does it: `whole` and `indexed` tell whether it reads `messages` from end to end, or by an index. */
export async function planOf(pool, { sql, parameters }) {
  const { rows } = await pool.query(`EXPLAIN (ANALYZE, BUFFERS) ${sql}`, parameters);
  const text = rows.map((row) => row['QUERY PLAN']).join('\n');
  return { text, whole: /Seq Scan on messages/.test(text), indexed: /Index (Only )?Scan.* on messages/.test(text) };
}
