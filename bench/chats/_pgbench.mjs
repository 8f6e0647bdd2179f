import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';

const TABLES = `
  CREATE TABLE pgbench_chats (id int PRIMARY KEY, last_id bigint);
  INSERT INTO pgbench_chats SELECT n FROM generate_series(1, 1000) n;
  CREATE TABLE pgbench_messages (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, chat_id int, sender_id int, content text, created_at timestamptz DEFAULT now());
  CREATE INDEX ON pgbench_messages (chat_id, id)`;
const INSERT = `INSERT INTO pgbench_messages (chat_id, sender_id, content) VALUES (:chat, 1, 'Where are you?');`;
const SCRIPTS = {
  insert: `\\set chat random(1, 1000)\n${INSERT}\n`,
  transaction: `\\set chat random(1, 1000)\nBEGIN;\n${INSERT}\nUPDATE pgbench_chats SET last_id = 1 WHERE id = :chat;\nCOMMIT;\n`,
};

/** PostgreSQL's own bench: `{ insert, transaction }`, each a work that gives what 32 clients do a second, and PostgreSQL's CPU for each. */
export async function pgbenchWorks(stage, { seconds, postgresMicros }) {
  const db = new pg.Client({ connectionString: stage.databaseUrl });
  await db.connect();
  await db.query(TABLES).finally(() => db.end());
  const lasting = Math.max(3, seconds); // its clients need a while to connect
  const work = (name) => {
    const file = join(stage.folder, `${name}.sql`);
    writeFileSync(file, SCRIPTS[name]);
    const args = ['-n', '-M', 'prepared', '-c', '32', '-j', '2', '-T', String(lasting), '-f', file, stage.databaseUrl];
    return () =>
      postgresMicros(async () => {
        const { status, output } = await stage.crew.run('pgbench', 'pgbench', args);
        const [, tps] = /tps = ([\d.]+)/.exec(output) ?? [];
        if (status !== 0 || !tps) throw new Error(`pgbench: ${output}`);
        return { sends: Number(tps), sent: Number(tps) * lasting };
      });
  };
  return { insert: work('insert'), transaction: work('transaction') };
}
