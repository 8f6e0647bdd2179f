import { readFileSync } from 'node:fs';
import { definedErrors } from 'src/core/errors/app-error';
import type { TestUser } from 'test/factories/users';
import { examplesOf, successesOf } from 'test/hostile/examples';
import { EVENTS, ROUTES } from 'test/hostile/rows';
import { PEOPLE, signedIn, type Answer, type Person } from 'test/hostile/rules';
import { rowOf, type Ids, type Row } from 'test/hostile/table';
import type { World } from 'test/hostile/world';
import { addressOf } from 'test/support/http';
import { connect, type TestSocket } from 'test/support/socket';
import type { TestApp } from 'test/support/boot';

/** A row of the tables, by one of the people. */
export interface Call {
  name: string;
  row: Row;
  person: Person;
}
export interface Outcome {
  answer: Answer;
  code?: string;
  text: string;
  /** Of a route's success. */
  status?: number;
}
interface Refusal {
  data: { code: string };
}

const document: unknown = JSON.parse(readFileSync('openapi.json', 'utf8'));
const examples = examplesOf(document);
/** Of each route, by the document. */
export const successes = successesOf(document);

/** All that there is to be asked, by each of the people. */
export const CALLS: readonly Call[] = Object.entries({ ...ROUTES, ...EVENTS }).flatMap(([name, entry]) =>
  PEOPLE.map((person) => ({ name, row: rowOf(entry), person })),
);
export const isAllowed = ({ row, person }: Call) => row.who[person] === 'ok';

/** Where a world's people ask: the routes of a node, and a socket each for those who may have one. */
export class Doors {
  readonly sockets = new Map<Person, TestSocket>();

  private constructor(
    private readonly world: World,
    private readonly node: TestApp,
  ) {}

  static async open(world: World, node = world.app): Promise<Doors> {
    const doors = new Doors(world, node);
    for (const person of PEOPLE)
      if (signedIn[person] === 'ok') doors.sockets.set(person, await connect(node, world.people[person]));
    return doors;
  }

  close() {
    for (const socket of this.sockets.values()) socket.close();
  }

  /** Asks with what the row says, about a thing of the world; about a new one if it is to be changed. */
  async ask(call: Call): Promise<Outcome> {
    const { row, person } = call;
    const ids = row.of ? await this.world.thing(row.of, row.anew && isAllowed(call)) : {};
    const user = row.double && isAllowed(call) ? await this.world.double(person) : this.world.people[person];
    return this.askOf(call, ids, user);
  }

  /** Asks about a thing with these ids; as another of the same standing, where it goes by a route. */
  async askOf({ name, row, person }: Call, ids: Ids, user: TestUser): Promise<Outcome> {
    const isRoute = name.includes(' ');
    const body = row.says?.(ids, this.world) ?? row.body ?? (isRoute ? examples.get(name) : ids);
    if (!isRoute) return this.overSocket(name, body, person);
    return this.overHttp(name, row, ids, body, person === 'anonymous' ? undefined : user);
  }

  private async overHttp(name: string, row: Row, ids: Ids, body: unknown, user?: TestUser): Promise<Outcome> {
    const [method, path] = name.split(' ') as [string, string];
    const filled = path.replace(/\{(\w+)\}/g, (_, key: string) => encodeURIComponent(ids[key]!));
    const [content, type] = body instanceof FormData ? [body] : body instanceof Buffer ? [body, 'application/octet-stream'] : [body && JSON.stringify(body), 'application/json']; // oxfmt-ignore
    const response = await fetch(`${addressOf(this.node.url, filled)}${row.query ? `?${row.query}` : ''}`, {
      method,
      redirect: 'manual',
      headers: {
        ...(user && { authorization: `Bearer ${user.token}` }),
        ...(content !== undefined && type && { 'content-type': type }),
      },
      body: content as string,
    });
    const text = await response.text();
    const { status } = response;
    if (status < 400) return { answer: 'ok', text, status };
    return { answer: status, code: (JSON.parse(text) as { code: string }).code, text };
  }

  private async overSocket(name: string, body: unknown, person: Person): Promise<Outcome> {
    const socket = this.sockets.get(person);
    if (!socket) {
      const user = person === 'anonymous' ? undefined : this.world.people[person];
      const { data } = (await connect(this.node, user).catch((error: Error) => error)) as unknown as Refusal;
      return { answer: definedErrors.get(data.code)!, code: data.code, text: '' };
    }
    const reply = await socket.ask(name, body);
    const text = JSON.stringify(reply);
    if (reply.ok) return { answer: 'ok', text };
    return { answer: definedErrors.get(reply.error.code)!, code: reply.error.code, text };
  }
}
