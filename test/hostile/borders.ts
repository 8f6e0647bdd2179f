import { readFileSync } from 'node:fs';
import { requests, type RequestName } from 'src/contracts';
import { EVENTS, nameOfRoute, ROUTES } from 'test/hostile/rows';
import { rowOf, type Row } from 'test/hostile/table';
import type { Schema, Schemas } from 'test/hostile/values';
import { z } from 'zod';

/** A number or a text that somebody may say, and where in what he says. */
export interface Field {
  /** As `POST /chats` or `join_chat`. */
  name: string;
  row: Row;
  where: 'body' | 'query' | 'path';
  /** Keys, from outside in; 0 is in a list, '' in what has keys of its own. */
  path: (string | number)[];
  schema: Bounded;
  /** Whether it is looked at whatever else is said: not so if it is of one kind of body among several. */
  always: boolean;
}
type Bounded = Schema & { exclusiveMinimum?: number | boolean; exclusiveMaximum?: number | boolean };

interface Operation {
  parameters?: { name: string; in: string; schema: Schema }[];
  requestBody?: { content: Record<string, { schema: Schema }> };
}
const document = JSON.parse(readFileSync('openapi.json', 'utf8')) as {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Schemas };
};

type Leaf = Pick<Field, 'path' | 'schema' | 'always'>;
const isNothing = ({ type }: Schema) => type === 'null';
const isOf = ({ type }: Schema, ...types: string[]) => [type].flat().some((one) => types.includes(one!));
export const isNumber = (schema: Schema) => isOf(schema, 'number', 'integer');
export const isText = (schema: Schema) => isOf(schema, 'string');

/** The numbers and texts in a schema. */
function leavesOf(schema: Schema, schemas: Schemas, path: Field['path'] = [], always = true): Leaf[] {
  const inner = (one: Schema, ...keys: Field['path']) => leavesOf(one, schemas, [...path, ...keys], always);
  if (path.length > 8) return [];
  if (schema.$ref) return inner(schemas[schema.$ref.split('/').at(-1)!]!);
  const choices = (schema.anyOf ?? schema.oneOf ?? []).filter((one) => !isNothing(one));
  const leaves = choices.flatMap((one) => leavesOf(one, schemas, path, always && choices.length === 1));
  for (const one of schema.allOf ?? []) leaves.push(...inner(one));
  for (const [key, one] of Object.entries(schema.properties ?? {})) leaves.push(...inner(one, key));
  if (schema.items) leaves.push(...inner(schema.items, 0));
  if (typeof schema.additionalProperties === 'object') leaves.push(...inner(schema.additionalProperties, ''));
  const isLeaf = (isNumber(schema) || isText(schema)) && schema.const === undefined && !schema.enum;
  return isLeaf ? [...leaves, { path, schema, always }] : leaves;
}

const fieldsOfRoutes = Object.entries(document.paths).flatMap(([at, item]) =>
  Object.entries(item).flatMap(([method, { parameters = [], requestBody }]): Field[] => {
    const name = nameOfRoute(method, at);
    const row = rowOf(ROUTES[name]!);
    const body = requestBody?.content['application/json']?.schema;
    const { schemas } = document.components;
    const said = body ? leavesOf(body, schemas).map((leaf) => ({ ...leaf, name, row, where: 'body' as const })) : [];
    const asked = parameters.flatMap(({ name: key, in: where, schema }): Field[] =>
      where === 'query' || where === 'path'
        ? leavesOf(schema, schemas, [key]).map((leaf): Field => ({ ...leaf, name, row, where }))
        : [],
    );
    return [...said, ...asked];
  }),
);

const fieldsOfEvents = (Object.keys(requests) as RequestName[]).flatMap((name) => {
  const schema = z.toJSONSchema(requests[name].body, { io: 'input', unrepresentable: 'any', reused: 'inline' });
  const leaves = leavesOf(schema as Schema, (schema.$defs ?? {}) as Schemas);
  return leaves.map((leaf): Field => ({ ...leaf, name, row: rowOf(EVENTS[name]!), where: 'body' }));
});

/** All that there are, each once. */
export const FIELDS: Field[] = [
  ...new Map(
    [...fieldsOfRoutes, ...fieldsOfEvents].map((one) => [JSON.stringify({ ...one, row: undefined }), one]),
  ).values(),
];

/** What is said of a field, as JSON; and whether it must be refused. */
export interface Said {
  json: string;
  refused: boolean;
}

const ODD_NUMBERS = ['0', '-0', '-1', '0.5', '1e-400', '2147483648', '-2147483649', '9007199254740991', '9007199254740993', '9223372036854775807', '9223372036854775808', '1e308', '1e309', '-1e309']; // oxfmt-ignore

/** Numbers at, just beyond and far beyond the field's borders, at those of PostgreSQL and of JavaScript, and what is no number. */
export function numbersFor({ schema, always, where }: Field): Said[] {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = schema;
  const least = typeof exclusiveMinimum === 'number' ? exclusiveMinimum : minimum;
  const most = typeof exclusiveMaximum === 'number' ? exclusiveMaximum : maximum;
  const isWhole = isOf(schema, 'integer');
  const step = isWhole ? 1 : 1e-6;
  const beside = [least, most].flatMap((border) =>
    border === undefined ? [] : [border - step, border, border + step].map(String),
  );
  const isOut = (value: number) =>
    !Number.isFinite(value) ||
    (isWhole && !Number.isSafeInteger(value)) ||
    (least !== undefined && (exclusiveMinimum ? value <= least : value < least)) ||
    (most !== undefined && (exclusiveMaximum ? value >= most : value > most));
  const numbers = [...new Set([...ODD_NUMBERS, ...beside])].map((json) => ({ json, refused: always && isOut(Number(json)) })); // oxfmt-ignore
  const others = where === 'query' ? ['"NaN"', '"Infinity"', '"١٢"', '"1,5"'] : ['"5"', '"NaN"', 'true', '[1]', '{}']; // oxfmt-ignore
  return [...numbers, ...others.map((json) => ({ json, refused: always }))];
}

/** Texts that PostgreSQL, browsers or eyes would stumble over, up to the field's length and beyond; and what is no text. */
export function textsFor({ schema: { maxLength }, always, where }: Field): Said[] {
  const odd = ['', ' ', 'a\0b', '\ud800', '\udfffb', '\uffff', '\u202egnp.exe\u2028', `👩‍👩‍👧‍👦e${'\u0301'.repeat(100)}`, "__proto__' OR 1=1 -- %_\\"]; // oxfmt-ignore
  // of addresses as long Node would read no further
  const most = where === 'body' && maxLength !== undefined && maxLength <= 20_000 ? maxLength : 0;
  const ends = most ? ['日', '👍'].map((one) => one.repeat(most)) : [];
  const fine = [...odd, ...ends].map((text) => ({ json: JSON.stringify(text), refused: false }));
  const long = most ? [{ json: JSON.stringify('x'.repeat(most + 1)), refused: always }] : [];
  const others = where === 'body' ? ['7', 'true', '["a"]', '{"a":"b"}'] : [];
  return [...fine, ...long, ...others.map((json) => ({ json, refused: always }))];
}

/** Ids that no thing has, or in a form that no id has, though some could be read as one. */
export const IDS = ['0', '-1', '1.5', '1.0', '+1', '1e0', '0x1', '١', 'NaN', '1e309', '9007199254740992', '9223372036854775808', '1;', '1\0', '__proto__']; // oxfmt-ignore
