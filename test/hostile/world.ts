import { buildGroup } from 'test/factories/chats';
import { keepHistory } from 'test/factories/locations';
import { buildUser, type TestUser } from 'test/factories/users';
import { PEOPLE, type Person } from 'test/hostile/rules';
import { THINGS, type ThingName } from 'test/hostile/things';
import type { Ids } from 'test/hostile/table';
import { boot, type TestApp } from 'test/support/boot';
import { api, type Reply } from 'test/support/http';

/** Of what is said in the world of this name, no answer to others may tell. */
export const SECRET = { group: 'Cavers-7f3a', message: 'Lantern-91bd', own: 'Sinter-c42e' } as const;
const MAY_READ: Record<keyof typeof SECRET, Person[]> = {
  group: ['member', 'groupAdmin', 'owner'],
  message: ['member', 'groupAdmin', 'owner', 'moderator', 'admin'], // it was reported
  own: ['owner'],
};

const ROLES: Partial<Record<Person, string>> = { moderator: 'moderator', admin: 'admin', otherAdmin: 'admin' };

/** People of every standing to the owner and his group, and one thing of each kind. */
export class World {
  private readonly made = new Map<ThingName, Promise<Ids>>();

  private constructor(
    readonly app: TestApp,
    readonly people: Record<Person, TestUser>,
    readonly group: number,
  ) {}

  static async make(): Promise<World> {
    const app = await boot({ env: { LOCATION_UPDATE_INTERVAL_MS: '0', CALL_RING_TIMEOUT_SECONDS: '120' } });
    const built = await Promise.all(PEOPLE.map(async (person) => [person, await buildUser(app, person)] as const));
    const people = Object.fromEntries(built) as Record<Person, TestUser>;
    const { owner, former, member, groupAdmin, blocked, suspended } = people;
    for (const [person, role] of Object.entries(ROLES))
      await app.db.query('UPDATE users SET role = $2 WHERE id = $1', [people[person as Person].id, role]);
    const group = await buildGroup(app, owner, [former, member, groupAdmin], SECRET.group);
    const world = new World(app, people, group);
    await world.ok(owner, 'PUT', `/chats/${group}/participants/${groupAdmin.id}`, { role: 'admin' });
    await world.ok(former, 'POST', `/chats/${group}/leave`);
    await world.ok(owner, 'POST', `/users/${blocked.id}/block`);
    await world.ok(people.admin, 'PATCH', `/admin/users/${suspended.id}`, { suspended: true, reason: 'spam' });
    await app.db.query(`INSERT INTO tenants (id, name) VALUES ('other', 'Other')`);
    for (const person of ['otherTenant', 'otherAdmin'] as const) await world.move(people[person]);
    await keepHistory(app, owner);
    await world.ok(owner, 'POST', '/location/update', { latitude: 45.7722, longitude: 14.3577 });
    return world;
  }

  /** With one of each thing in it. */
  static async whole(): Promise<World> {
    const world = await World.make();
    for (const name of Object.keys(THINGS) as ThingName[]) await world.thing(name);
    return world;
  }

  /** What must succeed for the world to be what it is. */
  async ok(user: TestUser, method: 'GET' | 'POST' | 'PUT' | 'PATCH', path: string, body?: unknown): Promise<any> {
    const client = api(this.app, user);
    const reply: Reply = method === 'GET' ? await client.get(path) : await client[lower(method)](path, body);
    if (reply.status >= 300) throw new Error(`${method} ${path}: ${reply.status} ${JSON.stringify(reply.body)}`);
    return reply.body;
  }

  /** The ids of the one thing of a kind, or of a new one. */
  thing(name: ThingName, anew = false): Promise<Ids> {
    if (anew) return THINGS[name](this);
    if (!this.made.has(name)) this.made.set(name, THINGS[name](this));
    return this.made.get(name)!;
  }

  /**
   * What is there now does not change by itself, however long tests take: no share ends, no position gets old, nobody has stayed in a fence,
   * misses a call, or vanishes from it.
   */
  async calm() {
    const { db } = this.app;
    await db.query(`UPDATE location_shares SET expires_at = expires_at + interval '1 hour'`);
    await db.query(`UPDATE live_locations SET recorded_at = recorded_at - interval '1 day'`);
    await db.query('DELETE FROM geofence_states');
    // so many roll calls would have to go unanswered
    await db.query(`UPDATE call_participants SET rings_until = rings_until + interval '1 hour', absences = -1000`);
  }

  /** Somebody new of the same standing, where that is his account's. */
  async double(person: Person): Promise<TestUser> {
    const user = await buildUser(this.app, person);
    if (ROLES[person]) await this.app.db.query('UPDATE users SET role = $2 WHERE id = $1', [user.id, ROLES[person]]);
    if (person === 'otherTenant' || person === 'otherAdmin') await this.move(user);
    return user;
  }

  /** To the other tenant, with a token of it. */
  private async move(user: TestUser) {
    await this.app.db.query(`UPDATE users SET tenant_id = 'other' WHERE id = $1`, [user.id]);
    const { body } = await api(this.app).post('/refresh-token', { refresh_token: user.refreshToken });
    user.token = body.access_token as string;
  }

  /** The secrets in an answer that this person should not have been told. */
  leaks = (person: Person, text: string): string[] =>
    Object.entries(SECRET).flatMap(([name, secret]) =>
      text.includes(secret) && !MAY_READ[name as keyof typeof SECRET].includes(person) ? [name] : [],
    );
}

const lower = <M extends string>(method: M) => method.toLowerCase() as Lowercase<M>;
