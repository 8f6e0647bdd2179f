import type { CallView } from 'src/modules/calls/calls.dto';
import { CallsNews } from 'src/modules/calls/calls.news';
import { anotherDevice, dial } from 'test/factories/calls';
import { buildUsers, type TestUser } from 'test/factories/users';
import { CallDevice } from 'test/races/stories/calls/device';
import { bootTwo, closeAll, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { meanwhile } from 'test/support/meanwhile';
import type { TestSocket } from 'test/support/socket';
import { until } from 'test/support/until';

let nodes: [TestApp, TestApp];
beforeAll(async () => {
  nodes = await bootTwo();
});
afterAll(() => closeAll(nodes[1], nodes[0]));

const post = (node: 0 | 1, user: TestUser, path: string, body: object = {}) =>
  api(nodes[node], user).post(`/video-calls/${path}`, body);
const mute = (node: 0 | 1, user: TestUser, id: number, is_muted: boolean) =>
  api(nodes[node], user).put(`/video-calls/${id}/participants/me`, { is_muted });
const callOf = async (user: TestUser, id: number): Promise<CallView> =>
  (await api(nodes[1], user).get(`/video-calls/${id}`)).body;
const isIn = ({ participants }: CallView) =>
  participants.flatMap(({ user_id, status, is_muted }) => (status === 'joined' ? [`${user_id} ${is_muted}`] : []));

/** The numbers of what a device has heard of calls, as they came. */
const numbersAt = (socket: TestSocket): number[] =>
  socket.heard.flatMap(({ body: { revision } }) => (revision === undefined ? [] : [revision]));
const once = (numbers: number[]) => numbers.filter((number, index) => number !== numbers[index - 1]);

async function connected(node: 0 | 1, user: TestUser) {
  const device = new CallDevice(user);
  await device.connect(nodes[node]);
  return device as CallDevice & { socket: TestSocket };
}

describe('of two changes that are told in the wrong order, for another node tells each, the later stays', () => {
  /** Ana, Ben on two devices, who talks with the first, and Eve, who is called. */
  async function talk() {
    const [ana, ben, eve] = await buildUsers(nodes[0], 'ana', 'ben', 'eve');
    const bensTablet = await anotherDevice(nodes[0], ben);
    const [anas, bens] = [await connected(0, ana), await connected(1, ben)];
    const { id } = await anas.ask(nodes[0], 'call_initiated', '', { callee_ids: [ben.id, eve.id] });
    await bens.ask(nodes[1], 'call_answered', '', { call_id: id! });
    await until('she hears him come', () => anas.screen.people.length === 2);
    return { ana, ben, bensTablet, id: id!, devices: { ana: anas, ben: bens } };
  }
  type Talk = Awaited<ReturnType<typeof talk>>;

  test.each<[string, 'ana' | 'ben', Record<'first' | 'next', (talk: Talk) => Promise<unknown>>]>([
    [
      'a microphone',
      'ana',
      { first: ({ ben, id }) => mute(0, ben, id, true), next: ({ ben, id }) => mute(1, ben, id, false) },
    ],
    [
      'who left and is back',
      'ana',
      { first: ({ ben, id }) => post(0, ben, `${id}/end`), next: ({ ben, id }) => post(1, ben, `${id}/join`) },
    ],
    [
      'a device that another took over from, and that took over again',
      'ben',
      {
        first: ({ bensTablet, id }) => post(0, bensTablet, `${id}/join`),
        next: ({ devices, id }) => devices.ben.ask(nodes[1], 'call_participant_joined', '', { call_id: id }),
      },
    ],
  ])('%s', async (_, listener, { first, next }) => {
    const all = await talk();
    const { [listener]: device } = all.devices;
    const { revision } = await callOf(all.ana, all.id);
    const later = () => numbersAt(device.socket).filter((number) => number > revision);
    meanwhile(nodes[0].get(CallsNews), 'calls', 'views', async () => {
      await next(all);
      await until('the later one is heard', () => later().includes(revision + 2));
    });
    await first(all);
    await until('the earlier one is heard', () => later().includes(revision + 1));
    expect(once(later())).toEqual([revision + 2, revision + 1]);
    const call = await callOf(all.ana, all.id);
    expect(call.revision).toBe(revision + 2);
    expect(device.screen).toEqual({ rings: [], inCall: all.id, people: isIn(call).sort() });
    Object.values(all.devices).forEach((one) => one.drop());
  });
});

test('a device rings no more when its user, who has declined, is in with another one before anybody was told of that', async () => {
  const [ana, ben, eve] = await buildUsers(nodes[0], 'ana', 'ben', 'eve');
  const tablet = await anotherDevice(nodes[0], ben);
  const bens = await connected(1, ben);
  const { id } = (await dial(nodes[1], ana, { callee_ids: [ben.id, eve.id] })).body;
  await until('it rings', () => bens.screen.rings.includes(id));
  meanwhile(nodes[0].get(CallsNews), 'calls', 'views', async () => {
    await post(0, ben, `${id}/decline`);
    await post(1, tablet, `${id}/join`);
  });
  await post(0, eve, `${id}/ringing`);
  await until('it rings no more', () => bens.screen.rings.length === 0);
  bens.drop();
});

test('each change of a call that somebody is told of has a higher number than the one before, whoever made it', async () => {
  const [ana, ben, eve] = await buildUsers(nodes[0], 'ana', 'ben', 'eve');
  const tablet = await anotherDevice(nodes[0], ben);
  const anas = await connected(0, ana);
  const { id, revision: first } = (await dial(nodes[1], ana, { callee_ids: [ben.id] })).body;
  const numbers = [first];
  const changes = [
    () => post(1, ben, `${id}/ringing`),
    () => post(0, ben, `${id}/answer`),
    () => mute(1, ben, id, true),
    () => post(0, tablet, `${id}/join`),
    () => post(1, ana, `${id}/participants`, { user_ids: [eve.id] }).then(() => post(0, eve, `${id}/decline`)),
    () => post(1, tablet, `${id}/end`),
    () => post(0, ben, `${id}/join`),
    () => post(1, ana, `${id}/end`, { for_all: true }),
  ];
  for (const change of changes) {
    const { body, status } = await change();
    expect([status, body.revision > numbers.at(-1)!]).toEqual([200, true]);
    numbers.push(body.revision);
    await until('she hears of it', () => numbersAt(anas.socket).includes(body.revision));
  }
  expect(once(numbersAt(anas.socket))).toEqual(numbers.slice(1));
  expect((await callOf(ana, id)).revision).toBe(numbers.at(-1));
  // what changes nothing takes no number
  expect((await post(0, ben, `${id}/end`)).body.revision).toBe(numbers.at(-1));
  anas.drop();
});
