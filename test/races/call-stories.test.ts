import { isDeepStrictEqual } from 'node:util';
import type { RequestName } from 'src/contracts';
import { DeparturesService } from 'src/modules/calls/departures.service';
import { anotherDevice } from 'test/factories/calls';
import { buildGroup } from 'test/factories/chats';
import { buildUsers, type TestUser } from 'test/factories/users';
import { bootTwo, closeAll, type TestApp } from 'test/support/boot';
import { CallDevice } from 'test/support/call-device';
import { api } from 'test/support/http';
import { watchPushes } from 'test/support/pushed';
import { until } from 'test/support/until';

let app: TestApp, node: TestApp;
beforeAll(async () => ([app, node] = await bootTwo()));
afterAll(() => closeAll(node, app));
afterEach(() => jest.restoreAllMocks());

const STEPS = 40;
const AT_ONCE = 4;

/** What each device must have on its screen. */
async function truth(devices: CallDevice[]) {
  const rows = await app.db.query<{ call_id: number; user_id: string; status: string; session_id: string; is_muted: boolean }>(
    `SELECT call_id, user_id, status, session_id, is_muted FROM call_participants
     WHERE status IN ('invited', 'ringing', 'joined')`,
  ); // oxfmt-ignore
  const joined = rows.filter(({ status }) => status === 'joined');
  return devices.map(({ user, session }) => {
    const own = rows.filter(({ user_id }) => user_id === user.id);
    const rings = own.filter(({ status }) => status !== 'joined').map(({ call_id }) => call_id);
    const inCall = joined.find((one) => one.user_id === user.id && one.session_id === session)?.call_id ?? null;
    const people = joined.filter(({ call_id }) => call_id === inCall);
    return { rings, inCall, people: people.map(({ user_id, is_muted }) => `${user_id} ${is_muted}`).sort() };
  });
}

/** Four people on seven devices call each other, come and go, through two nodes, up to four things at once; each seed is another story. */
test.each(Array.from({ length: Number(process.env.CALL_STORIES ?? 4) }, (_, index) => index + 1))(
  'in story %i every device knows when it rings, which call it is in, and with whom',
  async (story) => {
    let seed = story * 7_919;
    const random = (below: number) => (seed = (seed * 48_271) % 2_147_483_647) % below;
    const pick = <One>(list: readonly One[]): One => list[random(list.length)]!;
    const users: TestUser[] = await buildUsers(app, 'ana', 'ben', 'cid', 'dan');
    const group = await buildGroup(app, users[0]!, users.slice(1));
    const more = await Promise.all(users.slice(1).map((user) => anotherDevice(app, user)));
    const devices = [...users, ...more].map((user) => new CallDevice(user));
    const pushes = watchPushes(app);
    const tokenOf = ({ session }: CallDevice) => `fcm:${session}`;
    for (const device of devices) {
      await api(app, device.user).post('/push-notifications/device-tokens', {
        token: tokenOf(device),
        device_type: 'ios',
      });
      await device.connect(pick([app, node]));
    }
    const calls: number[] = [];
    const told: string[] = [];

    const say = async (device: CallDevice, name: RequestName, path: (id: number) => string, body: object = {}) => {
      const { rings, inCall } = device.screen;
      const call_id = pick([...rings, ...rings, ...(inCall === null ? [] : [inCall]), calls.at(-1) ?? 1]);
      const answer = await device.ask(pick([app, node]), name, path(call_id), { call_id, ...body });
      told.push(`${devices.indexOf(device)} ${name} ${call_id}: ${answer.code ?? 'done'}`);
      expect(['internal', 'unavailable']).not.toContain(answer.code);
    };
    const acts: ((device: CallDevice) => unknown)[] = [
    ...Array.from({ length: 3 }, () => async (device: CallDevice) => {
      const others = users.filter(({ id }) => id !== device.user.id).map(({ id }) => id);
      const whom = pick([{ callee_id: pick(others) }, { chat_id: group }, { callee_ids: others.slice(1) }]);
      const { id, code } = await device.ask(pick([app, node]), 'call_initiated', 'initiate', whom);
      told.push(`${devices.indexOf(device)} calls: ${code ?? id}`);
      if (id) calls.push(id);
    }),
    (device) => say(device, 'call_ringing', (id) => `${id}/ringing`),
    ...Array.from({ length: 4 }, () => (device: CallDevice) =>
      say(device, 'call_answered', (id) => `${id}/answer`, pick([{}, { is_muted: true }, { is_muted: false }]))),
    (device) => say(device, 'call_participant_joined', (id) => `${id}/join`),
    (device) => say(device, 'call_participant_joined', (id) => `${id}/join`),
    (device) => say(device, 'call_declined', (id) => `${id}/decline`, pick([{}, { reason: 'busy' }])),
    (device) => say(device, 'call_ended', (id) => `${id}/end`, { for_all: pick([true, false]) }),
    (device) => api(node, device.user).post(`/video-calls/${calls.at(-1) ?? 1}/participants`, { user_ids: [pick(users).id] }),
    (device) => api(node, device.user).put(`/video-calls/${calls.at(-1) ?? 1}/participants/me`, { is_muted: pick([true, false]) }),
    (device) => device.drop(),
    (device) => device.drop(),
    async () => {
      const sql = `UPDATE call_participants SET rings_until = now() WHERE call_id = $1 AND status IN ('invited', 'ringing')`;
      await app.db.query(sql, [calls.at(-1) ?? 0]);
      if (calls.length) await app.get(DeparturesService).timeOut(calls.at(-1)!);
    },
    async (device) => {
      const other = pick(users);
      const how = pick(['block', 'unblock', 'unblock']);
      if (other !== device.user) await api(node, device.user).post(`/users/${other.id}/${how}`);
    },
    async () => {
      const someone = pick(users.slice(1));
      const back = await api(app, users[0]).post(`/chats/${group}/participants`, { user_ids: [someone.id] });
      if (back.status >= 300) await api(app, users[0]).delete(`/chats/${group}/participants/${someone.id}`);
    },
  ]; // oxfmt-ignore

    for (let step = 1; step <= STEPS; step++) {
      const doing = new Set(Array.from({ length: 1 + random(AT_ONCE) }, () => pick(devices)));
      await Promise.all([...doing].map((device) => pick(acts)(device)));
      for (const device of devices)
        if (!device.socket && (step === STEPS || random(3) === 0)) await device.connect(pick([app, node]));
      if (step % 5) continue;
      await app.settle();
      const there = devices.filter(({ socket }) => socket);
      const screens = () => there.map(({ screen }) => screen);
      await until('all know how it stands', async () => isDeepStrictEqual(screens(), await truth(there)), 5).catch(
        async () => expect([screens(), told]).toEqual([await truth(there), told]),
      );
    }
    await app.settle();
    // no phone shows a ring that is over
    const rings = await app.db.query<{ key: string }>(
      `SELECT user_id || ' ' || call_id AS key FROM call_participants WHERE status IN ('invited', 'ringing')`,
    );
    const shown = new Map<string, string>();
    for (const { token, userId, content } of pushes.parcels) {
      const place = `${token} ${content.key}`;
      if (content.isSilent) shown.delete(place);
      else if (content.data.event === 'call_initiated') shown.set(place, `${userId} ${content.data.call_id}`);
    }
    expect(rings.map(({ key }) => key)).toEqual(expect.arrayContaining([...shown.values()]));
    devices.forEach((device) => device.drop());
  },
);
