import { Presence } from 'src/core/realtime/presence';
import { Realtime } from 'src/core/realtime/realtime';
import { ChatRooms } from 'src/modules/chats/chat-rooms';
import { MembershipService } from 'src/modules/chats/membership.service';
import { PresenceRealtime } from 'src/modules/presence/presence.realtime';
import { anotherDevice, dial } from 'test/factories/calls';
import { buildGroup, buildPrivateChat } from 'test/factories/chats';
import { buildShare } from 'test/factories/locations';
import { buildUsers, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { OwnRedis } from 'test/support/own-redis';
import { Replica } from 'test/support/replica';
import { connect, type TestSocket } from 'test/support/socket';
import { until } from 'test/support/until';
import { Wire } from 'test/support/wire';

// A node can't reach the others for a while, and its clients stay connected: nothing else would tell them that they have missed something.

let redis: OwnRedis, wire: Wire;
/** `far` has its Redis by the wire. */
let app: TestApp, far: TestApp;
let ana: TestUser, ben: TestUser, cid: TestUser;
beforeAll(async () => {
  redis = await OwnRedis.start();
  wire = await Wire.to(redis.url);
  app = await boot({ env: { REDIS_URL: redis.url, ISOLATED_AFTER_SECONDS: '600' } });
  far = await boot({ beside: app, roles: ['api'], env: { REDIS_URL: wire.url } });
  [ana, ben, cid] = await buildUsers(app, 'ana', 'ben', 'cid');
});
afterEach(() => wire.mend());
afterAll(async () => {
  await far.close();
  await app.close();
  await wire.close();
  await redis.stop();
});

const say = (at: TestApp, by: TestUser, chat: number, content: string) =>
  api(at, by).post(`/chats/${chat}/messages`, { content });
const lastIn = (replica: Replica, chat: number) => replica.state.chats.find(({ id }) => id === chat)?.last_message;
const isInRoom = (at: TestApp, { id }: TestUser, chat: number) =>
  at.get(Realtime).connections.some(({ user, socket }) => user.userId === id && socket.rooms.has(`default:chat:${chat}`)); // oxfmt-ignore
const hears = (socket: TestSocket, content: string) =>
  socket.next('new_message', (message) => message.content === content);
/** As much later as it takes for rooms to be looked at. */
const look = (at: TestApp) => at.get(ChatRooms).look();

test.each([
  ['said to it', () => [app, far] as const],
  ['that it says', () => [far, app] as const],
])('what was %s while it was alone comes to those who stayed, though nobody says more', async (_, nodes) => {
  const [speaks, listens] = nodes();
  const chat = await buildGroup(app, ana, [ben]);
  const replica = await new Replica(app, ana).connect(listens);
  wire.cut();
  await until('it is alone', async () => (await api(far).get('//health/ready')).status === 503);
  await say(speaks, ben, chat, 'into the void');
  wire.mend();
  await until('Ana has it', async () => {
    await replica.hear();
    return lastIn(replica, chat)?.content === 'into the void';
  });
  replica.disconnect();
});

test.each(['cut', 'silence'] as const)(
  'who is removed elsewhere while its line is %s does not go on hearing the chat there, nor when it is back',
  async (fault) => {
    const chat = await buildGroup(app, ana, [ben, cid]);
    const [bens, cids] = await Promise.all([connect(far, ben), connect(far, cid)]);
    wire[fault]();
    await api(app, ana).delete(`/chats/${chat}/participants/${ben.id}`);
    await until('he is out of the room', () => !isInRoom(far, ben, chat));
    await say(far, cid, chat, 'without Ben');
    await hears(cids, 'without Ben');
    wire.mend();
    await cids.next('sync_needed');
    await until('nodes hear each other', async () => {
      const content = `again, at ${Date.now()}`;
      await say(app, ana, chat, content);
      return until('it is heard', () => cids.all('new_message').at(-1)?.content === content, 1).then(() => true, () => false); // oxfmt-ignore
    });
    const heard = bens.all('new_message').filter(({ chat_id, message_type: type }) => chat_id === chat && type === 'text'); // oxfmt-ignore
    expect(heard).toEqual([]);
    for (const socket of [bens, cids]) socket.close();
  },
);

test('who is added elsewhere meanwhile is told to sync, and hears the chat from then on', async () => {
  const chat = await buildGroup(app, ana, [ben]);
  const cids = await connect(far, cid);
  wire.cut();
  await until('it is alone', async () => (await api(far).get('//health/ready')).status === 503);
  await api(app, ana).post(`/chats/${chat}/participants`, { user_ids: [cid.id] });
  await cids.next('sync_needed');
  expect(isInRoom(far, cid, chat)).toBe(true);
  cids.close();
});

/** Cuts the wire to `far`, does what nobody there hears, and mends it. */
async function unheard<Result>(what: () => Promise<Result>): Promise<Result> {
  wire.cut();
  await until('it is alone', async () => (await api(far).get('//health/ready')).status === 503);
  const result = await what();
  await app.settle();
  wire.mend();
  return result;
}

test('where somebody went meanwhile his watchers hear when the nodes do', async () => {
  await buildShare(app, ana, cid);
  const cids = await connect(far, cid);
  const there = { latitude: 45.7722, longitude: 14.3577 };
  await unheard(() => api(app, ana).post('/location/update', there));
  expect(await cids.next('shared_location_update')).toMatchObject({ ...there, user_id: ana.id });
  cids.close();
});

test('a call that came meanwhile rings, one that ended or was answered elsewhere is over, one that goes on goes on', async () => {
  await buildPrivateChat(app, ana, cid);
  const [cids, anas] = [await connect(far, cid), await connect(far, ana)];
  const first = (await unheard(() => dial(app, ana, cid))).body;
  expect(await cids.next('call_initiated')).toMatchObject({ call_id: first.id, status: 'initiated' });
  await unheard(() => api(app, ana).post(`/video-calls/${first.id}/end`, {}));
  const over = { call_id: first.id, status: 'cancelled', end_reason: 'cancelled', ended_by: ana.id };
  expect(await cids.next('call_ended')).toMatchObject(over);

  const second = (await dial(app, ana, cid)).body;
  await cids.next('call_initiated', ({ id }) => id === second.id);
  const phone = await anotherDevice(app, cid);
  const before = anas.all('sync_needed').length;
  await unheard(() => api(app, phone).post(`/video-calls/${second.id}/answer`, {}));
  const elsewhere = await cids.next('call_ended', ({ call_id }) => call_id === second.id);
  expect(elsewhere).toMatchObject({ status: 'ongoing', end_reason: 'answered_elsewhere' });
  await until('all is told', () => anas.all('sync_needed').length > before);
  expect(anas.all('call_ended').filter(({ call_id }) => call_id === second.id)).toEqual([]);
  await api(app, ana).post(`/video-calls/${second.id}/end`, {});
  for (const socket of [cids, anas]) socket.close();
});

test('who came and who left meanwhile is told anew when the nodes know, to those who share a chat with him', async () => {
  const [dan, eve, fay] = await buildUsers(app, 'dan', 'eve', 'fay');
  await buildGroup(app, dan, [ana, fay]);
  const [dans, eves] = [await connect(far, dan), await connect(far, eve)];
  const fays = await connect(app, fay);
  await dans.next('user_status', ({ user_id: id, status }) => id === fay.id && status === 'online');
  const anas = await unheard(async () => {
    fays.close();
    await until('she is gone', async () => (await app.get(Presence).statuses([fay.id])).get(fay.id) === 'offline');
    return connect(app, ana);
  });
  await dans.next('sync_needed');
  const statuses = (of: TestUser) => dans.all('user_status').filter(({ user_id }) => user_id === of.id);
  expect(statuses(ana)).toEqual([]);
  // after half a minute by itself
  await (far.get(PresenceRealtime) as unknown as { tellAnew(): Promise<void> }).tellAnew();
  await until('he knows', () => statuses(ana).at(-1)?.status === 'online' && statuses(fay).at(-1)?.status === 'offline'); // oxfmt-ignore
  expect(eves.all('user_status')).toEqual([]);
  for (const socket of [dans, eves, anas]) socket.close();
});

test('a move that no commit followed, or that nobody heard of, does not hold', async () => {
  const chat = await buildGroup(app, ana, [ben]);
  const bens = await connect(app, ben);
  const removed = app.db.tx(async () => {
    await app.get(MembershipService).dismiss(chat, { userId: ben.id, role: 'member' }, ana.id);
    throw new Error('PostgreSQL is gone at the commit');
  });
  await expect(removed).rejects.toThrow('gone at the commit');
  expect(isInRoom(app, ben, chat)).toBe(false);
  await look(app);
  expect(isInRoom(app, ben, chat)).toBe(true);
  await bens.next('sync_needed');
  await say(app, ana, chat, 'still here');
  await hears(bens, 'still here');
  await app.db.query('UPDATE chat_participants SET left_at = now() WHERE chat_id = $1 AND user_id = $2', [
    chat,
    ben.id,
  ]);
  await look(app);
  expect(isInRoom(app, ben, chat)).toBe(false);
  bens.close();
});

test('who is removed, or added, while rooms are looked at, stays so', async () => {
  const [left, joined] = [await buildGroup(app, ana, [ben]), await buildGroup(app, ana, [cid])];
  const bens = await connect(app, ben);
  const rooms = app.get(ChatRooms) as unknown as { chats: { heardBy(ids: string[]): Promise<unknown> } };
  const { chats } = rooms;
  // what was found is old by the time it comes
  rooms.chats = {
    heardBy: async (ids) => {
      const heard = await chats.heardBy(ids);
      await api(app, ana).delete(`/chats/${left}/participants/${ben.id}`);
      await api(app, ana).post(`/chats/${joined}/participants`, { user_ids: [ben.id] });
      await bens.next('chat_created', ({ id }) => id === joined);
      return heard;
    },
  };
  await look(app).finally(() => (rooms.chats = chats));
  expect([left, joined].map((chat) => isInRoom(app, ben, chat))).toEqual([false, true]);
  bens.close();
});
