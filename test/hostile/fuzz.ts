import fc, { type Arbitrary } from 'fast-check';
import { readFileSync } from 'node:fs';
import { requests, type RequestName } from 'src/contracts';
import { EVENTS, nameOfRoute, ROUTES } from 'test/hostile/rows';
import type { Person } from 'test/hostile/rules';
import { rowOf, type Row } from 'test/hostile/table';
import { odd, valuesOf, type Schema, type Schemas } from 'test/hostile/values';
import { z } from 'zod';

/** A call of a route or of a socket request; ids that are not given are those of the row's thing. */
export interface HttpCall {
  row: Row;
  person: Person;
  method: string;
  path: string;
  ids: Record<string, string>;
  query: Record<string, unknown>;
  headers: Record<string, string>;
  mediaType?: string;
  body?: unknown;
}
export interface SocketCall {
  row: Row;
  person: Person;
  event: string;
  body: unknown;
  /** In place of what the schema would say. */
  ids: boolean;
}

interface Operation {
  parameters?: { name: string; in: string; required?: boolean; schema: Schema }[];
  requestBody?: { content: Record<string, { schema: Schema }> };
}
const document = JSON.parse(readFileSync('openapi.json', 'utf8')) as {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Schemas };
};
const { schemas } = document.components;

/** Mostly those who get far: whom the row lets in. */
const peopleOf = ({ who }: Row): Arbitrary<Person> => {
  const all = Object.keys(who) as Person[];
  const let_in = all.filter((person) => who[person] === 'ok' && person !== 'anonymous' && person !== 'suspended');
  return fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(...(let_in.length ? let_in : all)) },
    fc.constantFrom(...all),
  );
};

const text = odd.map((value) => (typeof value === 'string' ? value : JSON.stringify(value)).slice(0, 4000));
const forgedCursor = fc
  .oneof(odd, fc.array(odd, { maxLength: 4 }), fc.dictionary(fc.constantFrom('id', 'at', 'seq', 'key'), odd))
  .map((value) => Buffer.from(JSON.stringify(value)).toString('base64url'));
const headerText = fc.oneof(
  fc.string({ maxLength: 40 }).map((one) => one.replace(/[^\x20-\x7e\x80-\xff]/g, '?')),
  fc.constantFrom('', ',', 'xx;q=9', 'zh-Hant-TW-x-1', '*', 'bytes=-0', 'bytes=9-1', 'bytes=0-0,2-3', '"x"', 'W/"y"', `00-${'0'.repeat(32)}-1`, 'x'.repeat(2000)), // oxfmt-ignore
);
const HEADERS = ['accept-language', 'x-language', 'idempotency-key', 'range', 'if-range', 'if-none-match', 'traceparent', 'x-link-password', 'x-service-key', 'user-agent', 'accept', 'x-forwarded-for', 'cookie']; // oxfmt-ignore

const bodyOf = (schema: Schema | undefined, mediaType: string | undefined): Arbitrary<unknown> => {
  if (mediaType === undefined) return fc.constant(undefined);
  if (mediaType === 'application/json') return valuesOf(schema!, schemas);
  const bytes = fc.oneof(fc.uint8Array({ maxLength: 300 }).map((all) => Buffer.from(all)), text.map((one) => Buffer.from(one))); // oxfmt-ignore
  if (mediaType === 'application/octet-stream') return bytes;
  const fields = Object.keys(schema?.properties ?? {}).concat('x');
  return fc.array(fc.tuple(fc.constantFrom(...fields), fc.oneof(text, bytes), text), { maxLength: 3 }).map((parts) => {
    const form = new FormData();
    for (const [name, value, fileName] of parts)
      if (typeof value === 'string') form.append(name, value);
      else form.append(name, new Blob([new Uint8Array(value)]), fileName);
    return form;
  });
};

const callsOf = (method: string, path: string, { parameters = [], requestBody }: Operation): Arbitrary<HttpCall> => {
  const row = rowOf(ROUTES[nameOfRoute(method, path)]!);
  const [mediaType, media] = Object.entries(requestBody?.content ?? {})[0] ?? [];
  const of = (where: string, some: (one: { name: string; schema: Schema }) => Arbitrary<unknown>, needed = false) =>
    fc.record(
      Object.fromEntries(parameters.filter((one) => one.in === where).map((one) => [one.name, some(one)])),
      { requiredKeys: needed ? undefined : parameters.filter((one) => one.in === where && one.required).map(({ name }) => name) }, // oxfmt-ignore
    ) as Arbitrary<Record<string, unknown>>;
  return fc.record({
    row: fc.constant(row),
    person: peopleOf(row),
    method: fc.constant(method.toUpperCase()),
    path: fc.constant(path),
    ids: fc.oneof({ weight: 4, arbitrary: fc.constant({}) }, of('path', () => text, true)) as Arbitrary<Record<string, string>>, // oxfmt-ignore
    query: of('query', ({ name, schema }) => (name === 'cursor' ? forgedCursor : valuesOf(schema, schemas))),
    headers: fc.oneof({ weight: 3, arbitrary: fc.constant({}) }, fc.dictionary(fc.constantFrom(...HEADERS), headerText, { maxKeys: 3 })), // oxfmt-ignore
    mediaType: fc.constant(mediaType!),
    body: bodyOf(media?.schema, mediaType),
  });
};

/** So many calls of every route. */
export const httpCalls = (each: number, seed: number): HttpCall[] =>
  Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).flatMap(([method, operation]) =>
      fc.sample(callsOf(method, path, operation), { numRuns: each, seed }),
    ),
  );

/** So many of every socket request. */
export const socketCalls = (each: number, seed: number): SocketCall[] =>
  (Object.keys(requests) as RequestName[]).flatMap((event) => {
    const schema = z.toJSONSchema(requests[event].body, { io: 'input', unrepresentable: 'any', reused: 'inline' });
    const row = rowOf(EVENTS[event]!);
    const calls = fc.record({
      row: fc.constant(row),
      person: peopleOf(row),
      event: fc.constant<string>(event),
      body: valuesOf(schema as Schema, (schema.$defs ?? {}) as Schemas),
      ids: fc.boolean(),
    });
    return fc.sample(calls, { numRuns: each, seed });
  });
