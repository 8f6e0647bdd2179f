import { buildGroup } from 'test/factories/chats';
import { away, HERE, keepHistory } from 'test/factories/locations';
import { buildUser, buildUsers } from 'test/factories/users';
import { bootTwo, closeAll, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { connect } from 'test/support/socket';

// Of many who do the same at once, on two nodes, none is lost.

let app: TestApp;
let node: TestApp;
beforeAll(async () => ([app, node] = await bootTwo()));
afterAll(() => closeAll(node, app));

test('two hundred concurrent senders on two nodes get numbers without gaps or repeats', async () => {
  const [ana, ben] = await buildUsers(app, 'ana', 'ben');
  const chat = await buildGroup(app, ana, [ben]);
  const socket = await connect(node, ben);
  const sent = await Promise.all(
    Array.from({ length: 200 }, (_, index) =>
      api(index % 2 ? app : node, index % 3 ? ana : ben).post(`/chats/${chat}/messages`, { content: `${index}` }),
    ),
  );
  const numbers = sent.map(({ body }) => body.seq as number).sort((a, b) => a - b);
  expect(numbers).toEqual(Array.from({ length: 200 }, (_, index) => index + 1));
  await app.settle();
  await node.settle();
  const held = socket.all('new_message').filter(({ chat_id }) => chat_id === chat);
  expect(new Set(held.map(({ seq }) => seq)).size).toBe(200);
  socket.close();
});

test('points of many users are all stored, each live position the newest of its user', async () => {
  const people = await Promise.all(Array.from({ length: 10 }, () => buildUser(app, 'walker')));
  for (const person of people) await keepHistory(app, person);
  const sent = await Promise.all(
    Array.from({ length: 300 }, (_, index) =>
      api(index % 2 ? app : node, people[index % 10]).post('/location/update', {
        ...away(HERE, index),
        recorded_at: new Date(Date.now() - (300 - ((index * 7) % 300)) * 60_000).toISOString(),
      }),
    ),
  );
  expect(new Set(sent.map(({ status }) => status))).toEqual(new Set([201]));
  for (const person of people) {
    const rows = await app.db.query<Record<string, unknown>>('SELECT * FROM user_locations WHERE user_id = $1', [
      person.id,
    ]);
    expect(rows).toHaveLength(30);
    const newest = rows.reduce((a, b) => (a.recorded_at! > b.recorded_at! ? a : b));
    const { body } = await api(app, person).get('/location/current');
    expect(body.recorded_at).toBe((newest.recorded_at as Date).toISOString());
  }
});
