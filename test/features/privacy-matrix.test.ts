import { PersonalDataRegister } from 'src/core/personal-data/register';
import { coarsen, PRECISIONS, type Precision } from 'src/modules/location/precision';
import { buildGroup, buildPrivateChat } from 'test/factories/chats';
import { circleAround } from 'test/factories/geofences';
import { away, keepHistory } from 'test/factories/locations';
import { buildUser, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { expectPrinted } from 'test/support/printed';
import { connect, type TestSocket } from 'test/support/socket';

/** How somebody stands to the owner, and whether he is to see him. */
const RELATIONS = {
  'the owner himself': 'exact',
  'a person shared with': 'shared',
  'a member of a chat shared with': 'shared',
  'a contact, shared with all contacts': 'shared',
  'whoever has the link': 'shared',
  'a person the share with whom was stopped': 'nothing',
  'a person the share with whom has expired': 'nothing',
  'a member who has left the chat': 'nothing',
  'a contact who has blocked the owner': 'nothing',
  'a contact whom the owner has blocked': 'nothing',
  'a member of another chat with the owner': 'nothing',
  'a stranger': 'nothing',
} as const;
type Relation = keyof typeof RELATIONS;
const EXITS = ['REST', 'history', 'socket', 'push', 'export', 'fence', 'link'] as const;
type Exit = (typeof EXITS)[number];
type Cell = Precision | 'nothing' | '–';

let app: TestApp;
let node: TestApp;
const cells = new Map<string, Cell>();
beforeAll(async () => {
  // nobody goes that fast
  app = await boot({ env: { LOCATION_UPDATE_INTERVAL_MS: '0', LOCATION_JUMP_SPEED: '100000' } });
  node = await boot({ beside: app, roles: ['api'] });
});
afterAll(async () => {
  await node.close();
  await app.close();
});

/** What a cell must hold. Where an exit is not for somebody, there is nothing to hold. */
function expected(relation: Relation, precision: Precision, exit: Exit): Cell {
  if (exit === 'push') return relation === 'whoever has the link' ? '–' : 'nothing';
  if (exit === 'link') return relation === 'whoever has the link' ? precision : '–';
  if (relation === 'whoever has the link') return '–';
  if (exit === 'export') return relation === 'the owner himself' ? 'exact' : 'nothing';
  if (relation === 'the owner himself') return exit === 'socket' ? 'nothing' : 'exact';
  return RELATIONS[relation] === 'shared' ? precision : 'nothing';
}

describe.each(PRECISIONS.map((precision, index) => [precision, index] as const))('shared at %s', (precision, index) => {
  const place = away({ latitude: 45.123456, longitude: 14.654321 }, index * 40_000);
  const secondPlace = away(place, 7, 7);
  const people = new Map<Relation, TestUser>();
  const sockets = new Map<Relation, TestSocket>();
  let owner: TestUser;
  let token: string;
  let gridKey: string;

  beforeAll(async () => {
    owner = await buildUser(app, 'owner');
    people.set('the owner himself', owner);
    for (const relation of Object.keys(RELATIONS) as Relation[])
      if (relation !== 'the owner himself' && relation !== 'whoever has the link')
        people.set(relation, await buildUser(app, 'viewer'));
    const of = (relation: Relation) => people.get(relation)!;
    await keepHistory(app, owner);
    const share = async (draft: object) => {
      const terms = { precision, shows_history: true, ...draft };
      return (await api(app, owner).post('/location/shares', terms)).body as { id: number; token: string };
    };
    const leaver = of('a member who has left the chat');
    const chat = await buildGroup(app, owner, [of('a member of a chat shared with'), leaver]);
    const otherChat = await buildGroup(app, owner, [of('a member of another chat with the owner')]);
    const blocker = of('a contact who has blocked the owner');
    const blocked = of('a contact whom the owner has blocked');
    for (const contact of [of('a contact, shared with all contacts'), blocker, blocked])
      await buildPrivateChat(app, owner, contact);
    await share({ target_user_id: of('a person shared with').id });
    await share({ chat_id: chat });
    await share({ audience: 'contacts', until_stopped: true });
    ({ token } = await share({ audience: 'link' }));
    const stopped = await share({ target_user_id: of('a person the share with whom was stopped').id });
    const expiring = await share({ target_user_id: of('a person the share with whom has expired').id });
    await app.settle();
    // everybody who can draws a fence for the owner, who agrees to it, and comes into all of them
    const inChats = new Map([
      [of('a member of a chat shared with'), chat],
      [leaver, chat],
      [of('a member of another chat with the owner'), otherChat],
    ]);
    for (const [relation, user] of people) {
      const whose = inChats.has(user) ? { chat_id: inChats.get(user) } : { subject_id: owner.id };
      const fence = { ...circleAround(away(place, 3000, 3000), 30_000), notify_on_entry: false };
      const drawn = await api(app, user).post('/location/geofences', { ...fence, ...(user !== owner && whose) });
      expect([relation, drawn.status]).toEqual([relation, relation === 'a stranger' ? 422 : 201]);
      if (drawn.body.watch_state !== 'asked') continue;
      const consent = { accepted: true, revision: drawn.body.revision };
      await api(app, owner).put(`/location/geofences/${drawn.body.id}/consent`, consent);
    }
    for (const metres of [60_000, 60_001, 60_002])
      await api(app, owner).post('/location/update', away(place, metres, metres));
    const inSeconds = (seconds: number) => ({ recorded_at: new Date(Date.now() + seconds * 1000).toISOString() });
    await api(app, owner).post('/location/update', { ...place, ...inSeconds(5) });
    [{ grid_key: gridKey }] = (await app.db.query('SELECT grid_key FROM live_locations WHERE user_id = $1', [
      owner.id,
    ])) as [{ grid_key: string }];
    await api(app, owner).delete(`/location/shares/${stopped.id}`);
    await app.db.query('UPDATE location_shares SET expires_at = now() WHERE id = $1', [expiring.id]);
    await app.db.query('UPDATE chat_participants SET left_at = now() WHERE user_id = $1', [leaver.id]);
    await api(app, blocker).post(`/users/${owner.id}/block`);
    await api(app, owner).post(`/users/${blocked.id}/block`);
    await app.settle();
    let side = 0;
    for (const [relation, user] of people) sockets.set(relation, await connect(side++ % 2 ? app : node, user));
    await api(node, owner).post('/location/update', {
      ...secondPlace,
      ...inSeconds(20),
    });
    await node.settle();
    await app.settle();
    const seen = sockets.get('a person shared with')!;
    await seen.next('shared_location_update', () => seen.all('shared_location_update').length > 1);
  });
  afterAll(() => sockets.forEach((socket) => socket.close()));

  /** What a text tells of the two places that the owner was at. */
  function told(text: string): Cell {
    const tells = (shown: { latitude: number; longitude: number }) =>
      text.includes(String(shown.latitude)) || text.includes(String(shown.longitude));
    if ([place, secondPlace].some(tells)) return 'exact';
    const coarse = PRECISIONS.slice(1).filter((one) =>
      [place, secondPlace].some((exact) => tells(coarsen(exact, one, gridKey)!)),
    );
    expect(coarse.length).toBeLessThanOrEqual(1);
    return coarse[0] ?? 'nothing';
  }

  const exits: Record<Exit, (user: TestUser, relation: Relation) => Promise<string>> = {
    REST: async (user) =>
      JSON.stringify((await api(node, user).get(`/location/current/${owner.id}`)).body) +
      JSON.stringify((await api(app, user).get('/location/shares')).body) +
      JSON.stringify((await api(app, user).get('/sync')).body),
    history: async (user) => {
      const texts = ['json', 'gpx', 'geojson'].map(async (format) => {
        const path = `/api/v1/location/history/${owner.id}?format=${format}`;
        return (await fetch(app.url + path, { headers: { authorization: `Bearer ${user.token}` } })).text();
      });
      return (await Promise.all(texts)).join('\n');
    },
    socket: (_, relation) => Promise.resolve(JSON.stringify(sockets.get(relation)!.heard)),
    push: async (user) =>
      JSON.stringify(await app.db.query('SELECT * FROM push_notifications WHERE user_id = $1', [user.id])),
    export: async (user) => {
      const texts: string[] = [];
      for (const { pages } of app.get(PersonalDataRegister).sectionsOf(user.id))
        for await (const page of pages) texts.push(String(page));
      return texts.join('\n');
    },
    fence: async (user) => JSON.stringify((await api(node, user).get('/location/geofences/events')).body),
    link: async () => JSON.stringify((await api(node).get(`/location/links/${token}`)).body),
  };

  test.each(Object.keys(RELATIONS) as Relation[])('%s', async (relation) => {
    for (const exit of EXITS) {
      const wanted = expected(relation, precision, exit);
      const user = people.get(relation);
      const cell = wanted === '–' ? '–' : told(await exits[exit](user ?? owner, relation));
      expect({ relation, precision, exit, cell }).toEqual({ relation, precision, exit, cell: wanted });
      cells.set(`${relation} ${precision} ${exit}`, cell);
    }
  });
});

test('docs/location-privacy.md is printed from what was seen', () => {
  const head = `# Who sees what of a position

Printed by \`test/features/privacy-matrix.test.ts\` from what each exit really gave: relation × precision of the share × exit.
Pushes say who shares, and never where. An export holds what is one’s own. Each has drawn a fence that the owner has come into since, if
he let him: \`fence\` is what its events tell.

Coarse positions are the middles of cells keyed by their **owner**, not by the share: with a key for each share, who is let in twice, or
under two names, could lay two cells over each other and be left with less than either (\`precision.spec.ts\` does so: of 60 shares next to
nothing would be left of a cell). Keyed by the owner, all shares of a precision show the same cell, and finer ones make up coarser ones.
Fences that watch others see what the share shows ([geofences.md](geofences.md#for-others)), so they tell no more than it does.
`;
  const tables = PRECISIONS.map((precision) => {
    const rows = (Object.keys(RELATIONS) as Relation[]).map(
      (relation) =>
        `| ${[relation, ...EXITS.map((exit) => cells.get(`${relation} ${precision} ${exit}`))].join(' | ')} |`,
    );
    const top = `| shared at ${precision} | ${EXITS.join(' | ')} |\n| --- |${' --- |'.repeat(EXITS.length)}`;
    return `${top}\n${rows.join('\n')}`;
  });
  expect(cells.size).toBe(Object.keys(RELATIONS).length * PRECISIONS.length * EXITS.length);
  expectPrinted('docs/location-privacy.md', `${head}\n${tables.join('\n\n')}\n`);
});
