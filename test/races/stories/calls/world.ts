import { isDeepStrictEqual } from 'node:util';
import type { RequestName } from 'src/contracts';
import { CallsNews } from 'src/modules/calls/calls.news';
import { anotherDevice } from 'test/factories/calls';
import { buildGroup } from 'test/factories/chats';
import { buildUsers, type TestUser } from 'test/factories/users';
import { CallDevice } from 'test/races/stories/calls/device';
import type { Draw, World } from 'test/races/stories/story';
import type { TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { meanwhile } from 'test/support/meanwhile';
import { watchPushes } from 'test/support/pushed';
import { until } from 'test/support/until';

/** Four people on seven devices, and a group of them. */
export class CallWorld implements World {
  readonly log: string[] = [];
  /** The ids of all calls, as they began. */
  readonly calls: number[] = [];
  /** A device does one thing at a time. */
  private readonly busy = new Set<CallDevice>();
  private held: (() => void)[] = [];

  private constructor(
    readonly nodes: [TestApp, TestApp],
    readonly users: TestUser[],
    readonly group: number,
    readonly devices: CallDevice[],
    private readonly pushes: ReturnType<typeof watchPushes>,
  ) {}

  static async begin(nodes: [TestApp, TestApp], draw: Draw): Promise<CallWorld> {
    const [app] = nodes;
    const users: TestUser[] = await buildUsers(app, 'ana', 'ben', 'cid', 'dan');
    const group = await buildGroup(app, users[0]!, users.slice(1));
    const more = await Promise.all(users.slice(1).map((user) => anotherDevice(app, user)));
    const devices = [...users, ...more].map((user) => new CallDevice(user));
    const pushes = watchPushes(app);
    for (const device of devices) {
      const phone = { token: `fcm:${device.session}`, device_type: 'ios' };
      await api(app, device.user).post('/push-notifications/device-tokens', phone);
      await device.connect(draw.one(nodes));
    }
    return new CallWorld(nodes, users, group, devices, pushes);
  }

  get lastCall(): number {
    return this.calls.at(-1) ?? 1;
  }

  /** Lets a device that does nothing else do something. */
  async with(draw: Draw, act: (device: CallDevice) => unknown) {
    const device = draw.one(this.devices.filter((one) => !this.busy.has(one)));
    this.busy.add(device);
    try {
      await act(device);
    } finally {
      this.busy.delete(device);
    }
  }

  /** Asks, and notes what came of it. */
  async ask(draw: Draw, device: CallDevice, name: RequestName, path: string, body: object) {
    const answer = await device.ask(draw.one(this.nodes), name, path, body);
    this.log.push(`${this.devices.indexOf(device)} ${name} ${path}: ${answer.code ?? answer.id ?? 'done'}`);
    expect(['internal', 'unavailable']).not.toContain(answer.code);
    return answer;
  }

  /** Lets a node keep to itself what it has to tell of calls next, until `tell`. */
  holdNews(node: TestApp) {
    const told = new Promise<void>((resolve) => this.held.push(resolve));
    meanwhile(node.get(CallsNews), 'calls', 'views', () => told);
  }

  tell() {
    this.held.splice(0).forEach((tell) => tell());
  }

  /** Each device that has a connection knows when it rings, which call it is in, and with whom. */
  async compare() {
    this.tell();
    await this.nodes[0].settle();
    const there = this.devices.filter(({ socket }) => socket);
    const screens = () => there.map(({ screen }) => screen);
    await until('all know how it stands', async () => isDeepStrictEqual(screens(), await this.truth(there)), 5).catch(
      async () => expect(screens()).toEqual(await this.truth(there)),
    );
  }

  /** Everybody is back, and no phone shows a ring that is over. */
  async end() {
    this.tell();
    for (const device of this.devices) if (!device.socket) await device.connect(this.nodes[0]);
    await this.nodes[0].settle();
    const rings = await this.nodes[0].db.query<{ key: string }>(
      `SELECT user_id || ' ' || call_id AS key FROM call_participants WHERE status IN ('invited', 'ringing')`,
    );
    const shown = new Map<string, string>();
    for (const { token, userId, content } of this.pushes.parcels) {
      const place = `${token} ${content.key}`;
      if (content.isSilent) shown.delete(place);
      else if (content.data.event === 'call_initiated') shown.set(place, `${userId} ${content.data.call_id}`);
    }
    expect(rings.map(({ key }) => key)).toEqual(expect.arrayContaining([...shown.values()]));
  }

  close() {
    this.tell();
    this.devices.forEach((device) => device.drop());
    jest.restoreAllMocks();
  }

  /** What each device must have on its screen. */
  private async truth(devices: CallDevice[]) {
    const rows = await this.nodes[0].db.query<{
      call_id: number;
      user_id: string;
      status: string;
      session_id: string;
      is_muted: boolean;
    }>(
      `SELECT call_id, user_id, status, session_id, is_muted FROM call_participants
       WHERE status IN ('invited', 'ringing', 'joined')`,
    );
    const joined = rows.filter(({ status }) => status === 'joined');
    return devices.map(({ user, session }) => {
      const own = rows.filter(({ user_id }) => user_id === user.id);
      const rings = own.filter(({ status }) => status !== 'joined').map(({ call_id }) => call_id);
      const inCall = joined.find((one) => one.user_id === user.id && one.session_id === session)?.call_id ?? null;
      const people = joined.filter(({ call_id }) => call_id === inCall);
      return { rings, inCall, people: people.map(({ user_id, is_muted }) => `${user_id} ${is_muted}`).sort() };
    });
  }
}
