import pg from 'pg';
import { copyIn } from '../lib/copy.mjs';

const CHATS = 1_000;
const LINES_AT_ONCE = 5_000;
const TEXTS = [
  'Where are you?',
  'On my way',
  'See you at the bridge at nine then',
  '漢字かな交じり文',
  'ok',
  '👍 sure',
];

/**
 * Fills a database with so many messages, by COPY: a twentieth of them in one long chat, the others evenly in 999 more, of which `reader`
 * is in 200. Gives `{ long, length }`: the id of the long chat, and how many messages it has.
 */
export async function writeHistory(databaseUrl, { messages, reader, writer }) {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query(
      `INSERT INTO chats (tenant_id, chat_type, name, created_by) SELECT 'default', 'group', 'chat ' || n, $1 FROM generate_series(1, $2) n RETURNING id::int`,
      [writer, CHATS],
    );
    const ids = rows.map(({ id }) => id).sort((a, b) => a - b);
    const length = Math.floor(messages / 20);
    const each = Math.floor((messages - length) / (CHATS - 1));
    const lengths = ids.map((_, index) => (index ? each : length));
    await copyIn(
      client,
      'COPY messages (chat_id, seq, ordinal, sender_id, content, created_at, updated_at) FROM STDIN',
      linesOf(ids, lengths, writer),
    );
    await client.query(
      `UPDATE chats c SET last_seq = m.n, last_message_seq = m.n, message_count = m.n, updated_at = now() - c.id * interval '1 second'
       FROM (SELECT * FROM unnest($1::bigint[], $2::bigint[])) AS m (id, n) WHERE m.id = c.id`,
      [ids, lengths],
    );
    await client.query(
      `INSERT INTO chat_participants (chat_id, user_id, role)
       SELECT id, $2::uuid, 'owner' FROM unnest($1::bigint[]) id UNION ALL SELECT id, $3::uuid, 'member' FROM unnest($4::bigint[]) id`,
      [ids, writer, reader, ids.slice(0, 200)],
    );
    await client.query('VACUUM ANALYZE messages');
    await client.query('ANALYZE');
    return { long: ids[0], length };
  } finally {
    await client.end();
  }
}

function* linesOf(ids, lengths, sender) {
  const begin = Date.now() - 300 * 86_400_000;
  let lines = [];
  for (const [index, id] of ids.entries())
    for (let seq = 1; seq <= lengths[index]; seq++) {
      const at = new Date(begin + Math.floor((seq / lengths[index]) * 290 * 86_400_000)).toISOString();
      lines.push(`${id}\t${seq}\t${seq}\t${sender}\t${TEXTS[seq % TEXTS.length]}\t${at}\t${at}\n`);
      if (lines.length === LINES_AT_ONCE) {
        yield lines.join('');
        lines = [];
      }
    }
  yield lines.join('');
}
