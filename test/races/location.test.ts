import type { Socket as Tcp } from 'node:net';
import type { Server } from 'socket.io';
import { Realtime } from 'src/core/realtime/realtime';
import type { GeofenceEventView } from 'src/modules/geofences/geofences.dto';
import { CrossingsService } from 'src/modules/geofences/crossings.service';
import { ShareTargets } from 'src/modules/location/shares.targets';
import { buildGroup } from 'test/factories/chats';
import { away, buildShare } from 'test/factories/locations';
import { buildUser, buildUsers, type TestUser } from 'test/factories/users';
import { waiting } from 'test/support/barrier';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { meanwhile } from 'test/support/meanwhile';
import { startProcess } from 'test/support/process';
import { connect, type TestSocket } from 'test/support/socket';
import { until } from 'test/support/until';

let app: TestApp;
const env = { LOCATION_UPDATE_INTERVAL_MS: '0', LOCATION_JUMP_SPEED: '100000', JOB_LOCK_MS: '1500' };
beforeAll(async () => {
  app = await boot({ roles: ['api'], env });
});
afterAll(() => app.close());

const OFFICE = { latitude: 45.7722, longitude: 14.3577 };
const pointNow = (metres: number, aheadMs = 0) => ({
  ...away(OFFICE, metres),
  accuracy: 5,
  recorded_at: new Date(Date.now() + aheadMs).toISOString(),
});
const update = (user: TestUser, point: object, on = app) => api(on, user).post('/location/update', point);

test('a worker is killed in the middle of an evaluation, two devices report at once: each event once', async () => {
  const worker = await startProcess({ beside: app, roles: ['worker'], env });
  const ana = await buildUser(app, 'ana');
  const socket = await connect(app, ana);
  const fence = { name: 'Office', center_latitude: OFFICE.latitude, center_longitude: OFFICE.longitude, radius: 50 };
  expect((await api(app, ana).post('/location/geofences', fence)).status).toBe(201);
  const way = [300, 290, 5, 6, 7, 8, 300, 310, 320].map((metres, index) => pointNow(metres, index * 2000 - 30_000));
  const tablet = way.map((point) => ({ ...point, recorded_at: new Date(Date.parse(point.recorded_at) + 700) }));
  const send = (from: number, to: number) =>
    Promise.all([...way.slice(from, to), ...tablet.slice(from, to)].map((point) => update(ana, point)));

  const holder = app.db.source.createQueryRunner();
  await holder.startTransaction();
  await holder.query('LOCK TABLE geofence_events IN SHARE MODE'); // events can be read, and none written
  try {
    for (const at of [0, 1]) await send(at, at + 1); // that she is outside is known by more than one point
    await send(2, 6);
    await until('the worker is about to write an event', async () => {
      const sql = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
        AND query LIKE '%INSERT INTO geofence_events%' AND pid <> pg_backend_pid()`;
      return (await app.db.query(sql)).length > 0;
    });
    await worker.kill();
  } finally {
    await holder.commitTransaction();
    await holder.release();
  }
  const node = await boot({ beside: app, env });
  try {
    await send(6, 9);
    const events = async (): Promise<GeofenceEventView[]> =>
      (await api(app, ana).get('/location/geofences/events')).body.events.toReversed();
    await until('she has left', async () => (await events()).some(({ event_type }) => event_type === 'exit'));
    // what the killed one had in hand comes again, anywhere and at once
    await Promise.all([app, node, app, node].map((on) => on.get(CrossingsService).evaluate(ana.id)));
    const once = await events();
    expect(once.map(({ event_type }) => event_type)).toEqual(['entry', 'exit']);
    await until('both are heard', () => socket.all('geofence_event').length >= 2);
    expect(
      socket
        .all('geofence_event')
        .map(({ id }) => id)
        .sort((a, b) => a - b),
    ).toEqual(once.map(({ id }) => id));
    socket.close();
  } finally {
    await node.close();
  }
});

describe('on two nodes', () => {
  let node: TestApp;
  beforeAll(async () => {
    node = await boot({ beside: app, env });
  });
  afterAll(() => node.close());

  describe('shares end', () => {
    /** Goes on and on, on both nodes, until told to stop; gives a stop that waits for what is under way. */
    const walking = (user: TestUser) => {
      let [goesOn, metres] = [true, 0];
      const walk = async (on: TestApp) => {
        while (goesOn) await update(user, pointNow((metres += 1)), on);
      };
      const both = [walk(app), walk(node)];
      return async () => {
        goesOn = false;
        await Promise.all(both);
      };
    };
    const current = (viewer: TestUser, owner: TestUser, on: TestApp) =>
      api(on, viewer).get(`/location/current/${owner.id}`);
    const heardBy = (sockets: TestSocket[]) => sockets.flatMap((socket) => socket.all('shared_location_update'));

    test.each<[string, (owner: TestUser, shareId: number) => Promise<Date>]>([
      [
        'by their time',
        async (_, shareId) => {
          const sql = `UPDATE location_shares SET expires_at = now() + interval '400 ms' WHERE id = $1 RETURNING expires_at`;
          return (await app.db.query<{ expires_at: Date }>(sql, [shareId]))[0]!.expires_at;
        },
      ],
      [
        'when they are stopped',
        async (owner, shareId) => {
          expect((await api(node, owner).delete(`/location/shares/${shareId}`)).status).toBe(204);
          return new Date();
        },
      ],
      [
        'when all are stopped',
        async (owner) => {
          await api(app, owner).delete('/location/shares');
          return new Date();
        },
      ],
      [
        'by a block',
        async (owner) => {
          const [{ target_user_id: id }] = (await api(app, owner).get('/location/shares')).body.shares;
          expect((await api(node, owner).post('/settings/privacy/block', { user_id: id })).status).toBeLessThan(300);
          return new Date();
        },
      ],
    ])('%s: nothing of later is sent or can be read, on any node, though updates race', async (_, end) => {
      const [ana, ben] = await buildUsers(app, 'ana', 'ben');
      const { id } = await buildShare(app, ana, ben);
      const sockets = [await connect(app, ben), await connect(node, ben)];
      const stop = walking(ana);
      await until('both hear her', () => sockets.every((socket) => socket.all('shared_location_update').length > 3));
      const over = await end(ana, id);
      await until('it is over', () => Date.now() > over.getTime());
      for (let time = 0; time < 5; time++)
        for (const reply of await Promise.all([app, node].map((on) => current(ben, ana, on))))
          expect(reply).toMatchObject({ status: 404, body: { code: 'location.not_shared' } });
      await stop();
      await Promise.all([app, node].map((on) => on.db.settle()));
      const heard = heardBy(sockets).map(({ recorded_at }) => recorded_at ?? '');
      expect(heard.length).toBeGreaterThan(6);
      expect(heard.filter((at) => Date.parse(at) > over.getTime())).toEqual([]);
      sockets.forEach((socket) => socket.close());
    });
  });

  test('who does not read what is sent to him holds up nobody, and has the newest when he reads again', async () => {
    const [ana, ben, cid] = await buildUsers(app, 'ana', 'ben', 'cid');
    for (const viewer of [ben, cid]) await buildShare(app, ana, viewer);
    const [slow, quick] = [await connect(app, ben), await connect(app, cid)];
    const wire = wireOf(slow);
    wire.pause();
    const last = 120;
    for (let metres = 1; metres <= last; metres++) expect((await update(ana, pointNow(metres))).status).toBe(201);
    const isLast = ({ latitude }: { latitude?: number | null }) => latitude === away(OFFICE, last).latitude;
    await quick.next('shared_location_update', isLast);
    expect(slow.all('shared_location_update').some(isLast)).toBe(false);
    wire.resume();
    await slow.next('shared_location_update', isLast);
    expect(isLast(slow.all('shared_location_update').at(-1)!)).toBe(true);
    [slow, quick].forEach((socket) => socket.close());
  });

  test('what one who does not read would get of positions does not pile up; then he is sent the newest that he may see', async () => {
    const [ana, ben, cid] = await buildUsers(app, 'ana', 'ben', 'cid');
    await buildShare(app, ana, ben);
    const ended = await buildShare(app, cid, ben);
    const [slow, quick] = [await connect(node, ben), await connect(node, ben)];
    const ours = serverOf(node).sockets.sockets.get(slow.raw.id!)!;
    const line = ours.conn as unknown as { writeBuffer: unknown[]; transport: { socket: { _socket: Tcp } } };
    const tcp = line.transport.socket._socket;
    const wire = wireOf(slow);
    wire.pause();
    let looks = 0;
    await until('the line is full', () => {
      // the system may make more room for a line on which nobody reads: it is full when it stays so
      if (tcp.writableNeedDrain) return ++looks > 20 && !line.writeBuffer.length;
      looks = 0;
      ours.emit('filler', 'x'.repeat(1e6)); // what the system does not buffer waits; much of that would end the connection
      return false;
    });
    const moves = 30;
    for (let move = 1; move <= moves; move++)
      for (const user of [ana, cid]) expect((await update(user, pointNow(move))).status).toBe(201);
    const isLast = ({ latitude }: { latitude?: number | null }) => latitude === away(OFFICE, moves).latitude;
    for (const user of [ana, cid])
      await quick.next('shared_location_update', (position) => position.user_id === user.id && isLast(position));
    expect(line.writeBuffer).toEqual([]);
    await api(app, cid).delete(`/location/shares/${ended.id}`);
    await quick.next('location_share_stopped');
    expect(slow.all('shared_location_update')).toEqual([]);
    wire.resume();
    await slow.next('shared_location_update', isLast);
    await slow.ask('ping');
    expect(slow.all('shared_location_update').map(({ user_id }) => user_id)).toEqual([ana.id]);
    [slow, quick].forEach((socket) => socket.close());
  });
});

test('what somebody shares with a chat while he leaves it does not stay, whichever comes first', async () => {
  const node = await boot({ beside: app, env });
  try {
    const [ana, ben] = await buildUsers(app, 'ana', 'ben');
    const chat = await buildGroup(app, ben, [ana]);
    const shares = async () => (await api(app, ana).get('/location/shares')).body.items as unknown[];
    const start = () => api(app, ana).post('/location/shares', { chat_id: chat, until_stopped: true });
    const leave = () => api(node, ana).delete(`/chats/${chat}/participants/${ana.id}`);
    const targets = app.get(ShareTargets);
    // when he was seen to be in, he goes, and all is done that follows
    meanwhile(targets, 'chats', 'access', async () => {
      expect((await leave()).status).toBe(204);
      await node.settle();
    });
    expect(await start()).toMatchObject({ status: 404, body: { code: 'chat.not_found' } });
    expect(await shares()).toEqual([]);

    await api(app, ben).post(`/chats/${chat}/participants`, { user_ids: [ana.id] });
    let leaving: Promise<unknown> | undefined;
    meanwhile(targets, 'chats', 'access', () => {
      meanwhile(targets, 'chats', 'access', async () => {
        leaving = leave();
        await until('he waits', async () => (await waiting(app)) > 0);
      });
      return Promise.resolve();
    });
    expect((await start()).status).toBe(201);
    await leaving;
    await node.settle();
    expect(await shares()).toEqual([]);
  } finally {
    await node.close();
  }
});

/** What a client's bytes come through. */
const wireOf = ({ raw }: TestSocket) => (raw.io.engine.transport as unknown as { ws: { _socket: Tcp } }).ws._socket;

const serverOf = (on: TestApp) => (on.get(Realtime) as unknown as { server: Server }).server;
