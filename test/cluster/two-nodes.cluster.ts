import { randomBytes } from 'node:crypto';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Client } from 'pg';
import { api } from 'test/support/http';
import { connect } from 'test/support/socket';
import { until } from 'test/support/until';

// Against the cluster of `scripts/cluster.mjs`: every process is one of its own, and the door is the proxy that is deployed.

interface Place {
  url: string;
  pid: number;
}
const cluster = JSON.parse(readFileSync(process.env.CLUSTER!, 'utf8')) as {
  url: string;
  databaseUrl: string;
  nodes: [Place, Place];
};
const door = { url: cluster.url };
const [first, second] = cluster.nodes;
const HERE = { latitude: 45.7722, longitude: 14.3577, accuracy: 5 };

interface Person {
  id: string;
  email: string;
  token: string;
}
const PASSWORD = 'correct horse battery';
async function person(name: string): Promise<Person> {
  const username = `${name}_${randomBytes(4).toString('hex')}`;
  const email = `${username}@example.org`;
  const { body } = await api(door).post('/register', { username, email, password: PASSWORD, display_name: name });
  return { id: body.user.id, email, token: body.access_token };
}
const people = () => Promise.all([person('ana'), person('ben')]);
async function chatOf(ana: Person, ben: Person): Promise<number> {
  return (await api(door, ana).post('/chats', { participant_ids: [ben.id] })).body.id as number;
}
async function sql(text: string, parameters: unknown[]) {
  const client = new Client({ connectionString: cluster.databaseUrl });
  await client.connect();
  try {
    await client.query(text, parameters);
  } finally {
    await client.end();
  }
}

test.each(['websocket', 'polling'])('through the door by %s: one session stays at one node', async (transport) => {
  const ana = await person('ana');
  const sockets = await Promise.all(Array.from({ length: 6 }, () => connect(door, ana, { transports: [transport] })));
  for (const socket of sockets) for (let time = 0; time < 5; time++) expect((await socket.ask('ping')).ok).toBe(true);
  sockets.forEach((socket) => socket.close());
});

test('a message, and whether somebody is there, cross from node to node', async () => {
  const [ana, ben] = await people();
  const chat_id = await chatOf(ana, ben);
  const bens = await connect(second, ben);
  const anas = await connect(first, ana);
  const isAnas = (status: string) => (change: { user_id: string; status: string }) =>
    change.user_id === ana.id && change.status === status;
  await bens.next('user_status', isAnas('online'));
  const sent = await anas.ask('send_message', { chat_id, content: 'across', client_id: 'one' });
  expect(await bens.next('new_message')).toMatchObject({ id: sent.data.id, content: 'across' });
  anas.close();
  await bens.next('user_status', isAnas('offline'));
  bens.close();
});

test('a call rings and is answered across nodes, and its signals cross', async () => {
  const [ana, ben] = await people();
  const [anas, bens] = await Promise.all([connect(first, ana), connect(second, ben)]);
  const { id } = (await anas.ask('call_initiated', { callee_id: ben.id })).data;
  expect(await bens.next('call_initiated')).toMatchObject({ id });
  expect(await bens.ask('call_answered', { call_id: id })).toMatchObject({ ok: true, data: { status: 'ongoing' } });
  expect(await anas.next('call_answered')).toMatchObject({ call_id: id });
  const signal = { type: 'candidate', candidate: null };
  await anas.ask('call_signal', { call_id: id, to_user_id: ben.id, signal });
  expect(await bens.next('call_signal')).toMatchObject({ from_user_id: ana.id });
  await bens.ask('call_ended', { call_id: id });
  expect(await anas.next('call_ended')).toMatchObject({ call_id: id, status: 'ended' });
  [anas, bens].forEach((socket) => socket.close());
});

test('a share is seen across nodes, until it is stopped', async () => {
  const [ana, ben] = await people();
  const [anas, bens] = await Promise.all([connect(first, ana), connect(second, ben)]);
  const draft = { target_user_id: ben.id, duration_minutes: 15 };
  const { id } = (await api(first, ana).post('/location/shares', draft)).body;
  await bens.next('location_share_received');
  await anas.ask('location_update', HERE);
  expect(await bens.next('shared_location_update')).toMatchObject({ ...HERE, user_id: ana.id, share_id: id });
  expect((await api(second, ben).get(`/location/current/${ana.id}`)).status).toBe(200);
  await api(first, ana).delete(`/location/shares/${id}`);
  await bens.next('location_share_stopped');
  expect((await api(second, ben).get(`/location/current/${ana.id}`)).status).toBe(404);
  [anas, bens].forEach((socket) => socket.close());
});

test('a session that is ended at one node has its socket at the other closed within a second', async () => {
  const ana = await person('ana');
  const { body: phone } = await api(door).post('/login', { email: ana.email, password: PASSWORD });
  const socket = await connect(second, { token: phone.access_token });
  const { items } = (await api(first, ana).get('/sessions')).body;
  const { id } = items.find(({ current }: { current: boolean }) => !current);
  expect((await api(first, ana).delete(`/sessions/${id}`)).status).toBe(204);
  await until('its socket is closed', () => !socket.raw.connected, 1);
  expect(socket.all('session_revoked')).toEqual([{ reason: 'revoked' }]);
});

// Of a revocation at one node the other knows within a second, and nothing is told afterwards.

test('who is removed from a chat at one node hears no more of it at the other', async () => {
  const [ana, ben] = await people();
  const group = { chat_type: 'group', name: 'Cavers', participant_ids: [ben.id] };
  const chat_id = (await api(door, ana).post('/chats', group)).body.id as number;
  const pair = await chatOf(ana, ben);
  const [anas, bens] = await Promise.all([connect(first, ana), connect(second, ben)]);
  const say = (chat: number, content: string) => anas.ask('send_message', { chat_id: chat, content });
  await say(chat_id, 'before');
  await bens.next('new_message', ({ content }) => content === 'before');
  expect((await api(first, ana).delete(`/chats/${chat_id}/participants/${ben.id}`)).status).toBe(204);
  await until('he is told', () => bens.all('chat_removed').some((one) => one.chat_id === chat_id), 1);
  await say(chat_id, 'afterwards');
  await say(pair, 'to you alone');
  await bens.next('new_message', ({ content }) => content === 'to you alone');
  expect(bens.all('new_message').map(({ content }) => content)).not.toContain('afterwards');
  expect(await bens.ask('send_message', { chat_id, content: 'still here' })).toMatchObject({ ok: false });
  expect((await api(second, ben).get(`/chats/${chat_id}/messages`)).status).toBe(404);
  [anas, bens].forEach((socket) => socket.close());
});

test('who is blocked at one node can neither write, call nor see a position at the other', async () => {
  const [ana, ben] = await people();
  const chat_id = await chatOf(ana, ben);
  const [anas, bens] = await Promise.all([connect(first, ana), connect(second, ben)]);
  await api(first, ana).post('/location/shares', { target_user_id: ben.id, duration_minutes: 15 });
  await anas.ask('location_update', HERE);
  await bens.next('shared_location_update');
  expect((await api(first, ana).post(`/users/${ben.id}/block`)).status).toBeLessThan(300);
  const { length } = bens.all('shared_location_update');
  expect(await bens.ask('send_message', { chat_id, content: 'why?' })).toMatchObject({ ok: false });
  expect(await bens.ask('call_initiated', { callee_id: ana.id })).toMatchObject({ ok: false });
  expect((await api(second, ben).get(`/location/current/${ana.id}`)).status).toBe(404);
  await anas.ask('location_update', { ...HERE, latitude: 45.8 });
  await until('he is told that it is over', () => bens.all('location_share_stopped').length > 0, 1);
  expect(bens.all('shared_location_update')).toHaveLength(length);
  [anas, bens].forEach((socket) => socket.close());
});

test('who is suspended at one node is shut out at the other', async () => {
  const [ana, ben] = await people();
  await sql(`UPDATE users SET role = 'admin' WHERE id = $1`, [ana.id]);
  const bens = await connect(second, ben);
  const suspended = { suspended: true, reason: 'spam' };
  expect((await api(first, ana).patch(`/admin/users/${ben.id}`, suspended)).status).toBe(200);
  expect((await api(second, ben).get('/profile')).status).toBe(401);
  await until('his socket is closed', () => !bens.raw.connected, 1);
});

test('a broadcast reaches people on both nodes, each once', async () => {
  const [ana, ben] = await people();
  await sql(`UPDATE users SET role = 'admin' WHERE id = $1`, [ana.id]);
  const sockets = await Promise.all([connect(first, ana), connect(second, ben)]);
  const text = { title: 'Hello', body: randomBytes(4).toString('hex') };
  const { body: made } = await api(door, ana).post('/push-notifications/broadcast', text);
  const read = () => api(door, ana).get(`/push-notifications/broadcasts/${made.id}`);
  await until('it is done', async () => (await read()).body.status === 'done', 60);
  for (const one of [ana, ben]) {
    const told = async () => (await api(second, one).get('/push-notifications')).body.items;
    await until('it is in the list', async () => (await told()).length > 0);
    expect(await told()).toMatchObject([text]);
  }
  sockets.forEach((socket) => socket.close());
});

test('both nodes are restarted in turn while people write: nothing is lost, nobody is refused but for later, all are soon back', async () => {
  // the promise; on a machine that others kept busy, too, nobody was away for longer than 0.7 s
  const load = ['--seconds', '6', '--people', '8', '--chats', '3', '--absence', '5'];
  const args = ['bench/delivery/run.mjs', '--cluster', process.env.CLUSTER!, '--faults', 'roll,cut', ...load];
  const checker = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [checker.stdout, checker.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
  const [status] = (await once(checker, 'close')) as [number];
  process.stdout.write(output);
  expect({ status, output }).toMatchObject({ status: 0, output: expect.stringContaining('HOLDS') });
}, 240_000);
