import { buildGroup } from 'test/factories/chats';
import { buildUsers, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { Replica } from 'test/support/replica';
import { connect } from 'test/support/socket';

/** With what comes beside the chats. */
const MOST_BYTES = 1.2 * 1024 * 1024;

let app: TestApp;
let ana: TestUser, ben: TestUser;
beforeAll(async () => {
  app = await boot();
});
beforeEach(async () => {
  [ana, ben] = await buildUsers(app, 'ana', 'ben');
});
afterAll(() => app.close());

/** As many messages of the largest kind, the newest of each chat last. */
async function fill(chats: number[], count: number, content: string) {
  await app.db.query(
    `INSERT INTO messages (chat_id, seq, ordinal, sender_id, content)
     SELECT c, n, n, $2, $3 FROM unnest($1::bigint[]) c, generate_series(1, $4::int) n`,
    [chats, ana.id, content, count],
  );
  await app.db.query(
    'UPDATE chats SET last_seq = $2, last_message_seq = $2, message_count = $2 WHERE id = ANY($1::bigint[])',
    [chats, count],
  );
}

/** Asks over one connection until all is told; the answers. */
async function syncAll(asked: object) {
  const socket = await connect(app, ben);
  const answers: any[] = [];
  for (let more = true; more;) {
    const { data } = await socket.ask('sync', { ...asked, cursor: answers.at(-1)?.cursor });
    answers.push(data);
    more = data.more as boolean;
    if (more) asked = { limit: (asked as { limit?: number }).limit };
  }
  socket.close();
  return answers;
}

const sizes = (answers: object[]) => answers.map((answer) => Buffer.byteLength(JSON.stringify(answer)));

test.each([
  ['of letters', 'x'.repeat(16_384)],
  ['of what JSON has to spell out', '\u0001x'.repeat(8_192)],
])('the changes of one chat, long messages %s, are told in parts that a connection can take', async (_, content) => {
  const chat = await buildGroup(app, ana, [ben]);
  const replica = await new Replica(app, ben).connect();
  await fill([chat], 200, content);
  const answers = await syncAll({ chats: { [chat]: 0 }, limit: 1 });
  expect(Math.max(...sizes(answers))).toBeLessThan(MOST_BYTES);
  const told = answers.flatMap(({ chats }) => chats[0].events.map(({ data }: any) => data.change_seq as number));
  expect(told).toEqual(Array.from({ length: 200 }, (_, n) => n + 1));
  expect(answers.map(({ chats }) => chats[0].gap)).not.toContain(true);
  await replica.sync(app, 'socket');
  replica.disconnect();
  expect(replica.state.chats).toMatchObject([{ last_seq: 200, unread_count: 200, messages: { length: 200 } }]);
});

test('so are many chats, as they are and with what changed in them', async () => {
  const chats: number[] = [];
  for (let n = 0; n < 90; n++) chats.push(await buildGroup(app, ana, [ben], `g${n}`));
  await fill(chats, 1, 'x'.repeat(16_384));
  const even = chats.filter((_, n) => n % 2 === 0);
  for (const held of [{}, Object.fromEntries(even.map((id) => [id, 0]))]) {
    const answers = await syncAll({ chats: held });
    expect(Math.max(...sizes(answers))).toBeLessThan(MOST_BYTES);
    const told = answers.flatMap((answer) => answer.chats.map(({ chat_id }: any) => chat_id as number));
    expect(told.toSorted((a, b) => a - b)).toEqual(chats);
  }
});

test('who came into a group, in crowds, is told in parts too', async () => {
  const chat = await buildGroup(app, ana, [ben]);
  const { last_seq: held } = (await api(app, ben).get(`/chats/${chat}`)).body;
  const crowd = await app.db.query<{ id: string }>(
    `INSERT INTO users (id, tenant_id, username, email, password_hash)
     SELECT gen_random_uuid(), 'default', 'crowd_' || n, 'crowd_' || n || '@example.org', 'x' FROM generate_series(1, 100) n RETURNING id`,
  );
  const ids = crowd.map(({ id }) => id);
  await app.db.query('INSERT INTO chat_participants (chat_id, user_id) SELECT $1, unnest($2::uuid[])', [chat, ids]);
  await app.db.query(
    `INSERT INTO chat_changes (chat_id, seq, type, data)
     SELECT $1, $2::bigint + n, 'participant_added', jsonb_build_object('user_ids', $3::uuid[]) FROM generate_series(1, 200) n`,
    [chat, held, ids],
  );
  await app.db.query('UPDATE chats SET last_seq = last_seq + 200 WHERE id = $1', [chat]);
  const answers = await syncAll({ chats: { [chat]: held } });
  expect(Math.max(...sizes(answers))).toBeLessThan(MOST_BYTES);
  expect(answers.flatMap(({ chats: [one] }) => one.events)).toHaveLength(200);
});

test("so is the user's own stream, and what goes with its end", async () => {
  const chat = await buildGroup(app, ana, [ben]);
  await fill([chat], 40, 'x'.repeat(16_384));
  // as blocks and calls are told of, but larger
  const padded = { user_id: ana.id, padding: 'é"'.repeat(10_000) };
  await app.db.query(
    `INSERT INTO user_events (user_id, seq, type, data) SELECT $1, n, 'user_blocked', $2 FROM generate_series(1, 130) n`,
    [ben.id, padded],
  );
  await app.db.query(
    'INSERT INTO user_streams (user_id, last_seq) VALUES ($1, 130) ON CONFLICT (user_id) DO UPDATE SET last_seq = 130',
    [ben.id],
  );
  const answers = await syncAll({ chats: { [chat]: 0 }, user_seq: 0 });
  expect(Math.max(...sizes(answers))).toBeLessThan(MOST_BYTES);
  const own = answers.flatMap(({ user }) => user.events.map(({ data }: any) => data.user_seq as number));
  expect(own).toEqual(Array.from({ length: 130 }, (_, n) => n + 1));
  expect(answers[0].user.events.length).toBeLessThan(130);
  for (const { user } of answers) expect(user.last_seq).toBe(user.events.at(-1)?.data.user_seq ?? 130);
  const told = answers.flatMap(({ chats }) =>
    (chats[0]?.events ?? []).map(({ data }: any) => data.change_seq as number),
  );
  expect(told).toEqual(Array.from({ length: 40 }, (_, n) => n + 1));
});
