import { buildPrivateChat } from 'test/factories/chats';
import { buildUsers, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { startProcess, type NodeProcess } from 'test/support/process';
import { connect } from 'test/support/socket';
import { until } from 'test/support/until';

// What messages are proven to withstand by the delivery checker, all else is here: whoever was told that it is kept finds it.

/** So many of each kind are acknowledged before the node is killed in the middle of more. */
const ENOUGH = 12;

let app: TestApp;
let node: NodeProcess;
let ana: TestUser, ben: TestUser;
let chat: number, messageIds: number[];
beforeAll(async () => {
  app = await boot({ env: { LOCATION_UPDATE_INTERVAL_MS: '0' } });
  node = await startProcess({ beside: app, roles: ['api'] });
  [ana, ben] = await buildUsers(app, 'ana', 'ben');
  await api(app, ana).put('/location/settings', { history: 'forever' });
  chat = await buildPrivateChat(app, ana, ben);
  const sent = await Promise.all(
    Array.from({ length: 200 }, (_, index) => api(app, ana).post(`/chats/${chat}/messages`, { content: `${index}` })),
  );
  messageIds = sent.map(({ body }) => body.id as number).sort((a, b) => a - b);
});
afterAll(async () => {
  await node.kill();
  await app.close();
});

/** Does one after the other, as `n` says which, until the node is gone; what was acknowledged. */
function insist<T>(act: (n: number) => Promise<T | undefined>): T[] {
  const acknowledged: T[] = [];
  const goOn = async () => {
    for (let n = 0; ; n++) {
      const kept = await act(n);
      if (kept !== undefined) acknowledged.push(kept);
    }
  };
  goOn().catch(() => undefined);
  return acknowledged;
}

test('the node is killed while points, fences, shares and receipts are written: all that it acknowledged is there', async () => {
  const [anas, bens] = [await connect(node, ana), await connect(node, ben)];
  const me = api(node, ana);
  const pointAt = (n: number, name: string) => ({ latitude: 45, longitude: 14 + n / 1e4, client_id: `${name}-${n}` });
  const kept = {
    points: insist(async (n) => ((await me.post('/location/update', pointAt(n, 'rest'))).status < 300 ? `rest-${n}` : undefined)), // oxfmt-ignore
    pointsOverSockets: insist(async (n) => ((await anas.ask('location_update', pointAt(n, 'socket'))).ok ? `socket-${n}` : undefined)), // oxfmt-ignore
    fences: insist(async (n): Promise<number | undefined> => {
      const fence = { name: `Fence ${n}`, center_latitude: 45, center_longitude: 14, radius_meters: 100 };
      return (await me.post('/location/geofences', fence)).body.id as number | undefined;
    }),
    shares: insist(async (): Promise<number | undefined> => {
      const share = await me.post('/location/shares', { audience: 'link', duration_minutes: 60 });
      return share.body.id as number | undefined;
    }),
    receipts: insist(async (n) => {
      const id = messageIds[n];
      if (id === undefined) throw new Error('all are read');
      return (await bens.ask('message_read', { chat_id: chat, message_id: id })).ok ? id : undefined;
    }),
  };
  await until('enough of each is acknowledged', () => Object.values(kept).every((ids) => ids.length >= ENOUGH));
  await node.kill();

  const there = async (sql: string, ids: unknown[]) => (await app.db.query(sql, [ids])).length;
  const points = [...kept.points, ...kept.pointsOverSockets];
  expect(await there('SELECT client_id FROM user_locations WHERE client_id = ANY($1)', points)).toBe(points.length);
  expect(await there('SELECT id FROM geofence_areas WHERE id = ANY($1)', kept.fences)).toBe(kept.fences.length);
  const shares = (await api(app, ana).get('/location/shares?limit=100')).body.items as { id: number }[];
  expect(shares.map(({ id }) => id)).toEqual(expect.arrayContaining(kept.shares));
  const read =
    'SELECT m.id FROM messages m JOIN chat_participants p ON p.chat_id = m.chat_id AND p.last_read_seq >= m.seq';
  expect(await there(`${read} AND p.user_id = '${ben.id}' WHERE m.id = ANY($1)`, kept.receipts)).toBe(kept.receipts.length); // oxfmt-ignore
});
