import fc, { type Arbitrary } from 'fast-check';

/** As much of JSON Schema as zod writes. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  items?: Schema;
  prefixItems?: Schema[];
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  required?: string[];
  format?: string;
  pattern?: string;
  nullable?: boolean;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
}
export type Schemas = Record<string, Schema>;

const NESTED = JSON.parse('[{"a":'.repeat(60) + '1' + '}]'.repeat(60)) as unknown;

/** Of every wrong type, and at the borders of what numbers, times and texts can be. */
const ODD: unknown[] = [
  ...[null, true, false, [], {}, [[]], [null], { length: -1 }, NESTED],
  ...[0, -0, -1, 0.1, 5e-324, 1e308, 2 ** 31, -(2 ** 31) - 1, 2 ** 32, 2 ** 53, 2 ** 53 + 2, 2 ** 63, -(2 ** 63)],
  ...['', ' ', '0', '-1', 'NaN', 'null', 'true', '1e309', '9223372036854775808', '0x10', '١٢', '__proto__', '${7*7}'],
  ...['\0', 'a\0b', '\ud800', '\udfff\ud800', '\u202egnp.exe', '👩‍👩‍👧‍👦', 'e' + '\u0301'.repeat(2000), '\uffff', '\u2028', '\ufeff'],
  ...["' OR 1=1 --", '%', '_%', '\\', '../../etc/passwd', '<img src=x onerror=alert(1)>', '{"$gt":""}', '*', '(a+)+$'],
  ...['x'.repeat(300), '👍'.repeat(5000), 'x'.repeat(70_000)],
  ...['0000-01-01T00:00:00Z', '9999-12-31T23:59:59.999Z', '2026-02-30T00:00:00Z', '2026-01-31T09:30:00+14:00', '+275760-09-13T00:00:00Z'],
  ...['00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff', '0199c5a0-7d2e-7b61-9d3c-2f6f0c6f4a1'],
]; // oxfmt-ignore
export const odd: Arbitrary<unknown> = fc.constantFrom(...ODD);

const UNITS = ['a', 'Z', '0', ' ', '\n', '\t', 'é', '日', '👍', '👩‍👩‍👧', '\u0301', '\u202e', '\u200d', '\uffff', '%', '_', '@', '.', '-', "'", '"', '\\', '<', '{{', '\0', '\ud83d']; // oxfmt-ignore

/** Text within the schema's lengths, often at their ends, of characters that make trouble. */
function texts({ minLength: min = 0, maxLength: max = 60 }: Schema): Arbitrary<string> {
  const most = Math.min(max, 2000);
  const lengths = fc.constantFrom(min, Math.min(min + 1, most), Math.min(min + 7, most), most);
  const units = fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...UNITS.slice(0, 9)) }, fc.constantFrom(...UNITS));
  return fc.oneof(
    lengths.chain((length) => fc.constantFrom('a', '日', '👍').map((unit) => unit.repeat(length))),
    lengths.chain((length) => fc.array(units, { minLength: Math.min(length, 20), maxLength: 20 }).map((all) => all.join(''))), // oxfmt-ignore
  );
}

function strings(schema: Schema): Arbitrary<unknown> {
  if (schema.format === 'date-time') return fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('2100-01-01') }).map((date) => date.toISOString()); // oxfmt-ignore
  if (schema.format === 'uuid') return fc.uuid({ version: 7 });
  if (schema.pattern) return fc.stringMatching(new RegExp(schema.pattern)).map((text) => text.slice(0, 3000));
  return texts(schema);
}

function numbers({ type, minimum: min = -1e15, maximum: max = 1e15 }: Schema): Arbitrary<number> {
  const borders = fc.constantFrom(min, max, Math.max(min, Math.min(max, 0)), Math.max(min, Math.min(max, 1)));
  return fc.oneof(
    borders,
    type === 'integer'
      ? fc.integer({ min: Math.ceil(min), max: Math.floor(max) })
      : fc.double({ min, max, noNaN: true }),
  );
}

/** All fields of all, unless one is something else. */
const merged = (parts: unknown[]): unknown =>
  parts.find((part) => part === null || typeof part !== 'object') ?? (Object.assign({}, ...parts) as unknown);

/** Values that the schema seems to allow; now and then one that it can't. */
export function valuesOf(schema: Schema, schemas: Schemas, depth = 0): Arbitrary<unknown> {
  const inner = (one: Schema) => valuesOf(one, schemas, depth + 1);
  const fitting = (): Arbitrary<unknown> => {
    if (schema.$ref) return inner(schemas[schema.$ref.split('/').at(-1)!]!);
    if (schema.const !== undefined) return fc.constant(schema.const);
    if (schema.enum) return fc.constantFrom(...schema.enum);
    const choice = schema.anyOf ?? schema.oneOf;
    if (choice) return fc.oneof(...choice.map(inner));
    if (schema.allOf) return fc.tuple(...schema.allOf.map(inner)).map(merged);
    const type = [schema.type].flat().find((one) => one !== 'null');
    if (type === 'string') return strings(schema);
    if (type === 'integer' || type === 'number') return numbers({ ...schema, type });
    if (type === 'boolean') return fc.boolean();
    if (type === 'array') {
      const [minLength, maxLength] = [schema.minItems ?? 0, Math.min(schema.maxItems ?? 4, (schema.minItems ?? 0) + 4)];
      return fc.array(inner(schema.items ?? {}), { minLength, maxLength });
    }
    if (schema.properties) return objects(schema, inner);
    if (typeof schema.additionalProperties === 'object')
      return fc.dictionary(fc.string({ maxLength: 10 }), inner(schema.additionalProperties), { maxKeys: 3 });
    return odd;
  };
  return fc.oneof({ weight: 12, arbitrary: depth > 6 ? odd : fitting() }, { weight: 1, arbitrary: odd });
}

/** Objects of which optional fields, and rarely others, are missing; now and then with more than was asked for. */
function objects({ properties = {}, required = [] }: Schema, inner: (schema: Schema) => Arbitrary<unknown>) {
  const fields = Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, inner(schema)]));
  const all = fc.record(fields, { requiredKeys: required });
  const greedy = fc.constant({ id: 1, role: 'admin', user_id: '0199c5a0-7d2e-7b61-9d3c-2f6f0c6f4a11', tenant_id: 'x', constructor: 1 }); // oxfmt-ignore
  return fc.oneof(
    { weight: 6, arbitrary: all },
    { weight: 1, arbitrary: fc.record(fields, { requiredKeys: [] }) },
    { weight: 1, arbitrary: fc.tuple(greedy, all).map(([more, one]) => ({ ...more, ...one })) },
  );
}
