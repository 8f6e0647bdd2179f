import type { ErrorParams, FieldFault } from 'src/core/errors/app-error';
import { ValidationFailed } from 'src/core/errors/common.errors';
import { z } from 'zod';

/** zod's own translations of its reasons, and where their names are not ours. */
const LOCALES = z.locales as Record<string, (() => { localeError: z.core.$ZodErrorMap }) | undefined>;
const OTHER_NAMES: Record<string, string> = { zh: 'zhCN' };
const known = new Map<string, z.core.$ZodErrorMap>();

/** The reasons zod gives in a language; of languages that it does not know the English ones. */
function reasonsIn(language: string): z.core.$ZodErrorMap {
  const reasons = known.get(language);
  if (reasons) return reasons;
  const named = [language, language.split('-')[0]!].map((name) => OTHER_NAMES[name] ?? name);
  const locale = named.map((name) => (Object.hasOwn(LOCALES, name) ? LOCALES[name] : undefined)).find(Boolean);
  const made = (locale ?? z.locales.en)().localeError;
  known.set(language, made);
  return made;
}

const quick = new WeakMap<z.ZodType, (value: unknown) => unknown>();

/**
 * The schema, of whose usual values `read` makes what it would make of them, much quicker; of all else `undefined`, which is not to say
 * that it is wrong: that only the schema tells. For what comes thousands of times a second.
 */
export function readQuickly<S extends z.ZodType>(schema: S, read: (value: unknown) => z.infer<S> | undefined): S {
  quick.set(schema, read);
  return schema;
}

/**
 * `value` as `schema` wants it; otherwise `validation.failed` naming every field, with reasons in `language`. What is a field itself says by
 * which `name`.
 */
export function validate<S extends z.ZodType>(schema: S, value: unknown, language: string, name?: string): z.infer<S> {
  const usual = quick.get(schema)?.(value) as z.infer<S> | undefined;
  if (usual !== undefined) return usual;
  const result = schema.safeParse(value, { error: reasonsIn(language) });
  if (result.success) return result.data;
  const issues = result.error.issues.flatMap((issue) => told(issue, value));
  throw ValidationFailed(
    {},
    issues.slice(0, MAX_FAULTS).map((issue) => toFault(issue, name)),
  );
}

const MAX_FAULTS = 50;

/**
 * Of what has none of several forms zod only says so. Here it is told what is wrong by that form of which all fields are given, or, if
 * there is none, by each of them.
 */
function told(issue: z.core.$ZodIssue, value: unknown): z.core.$ZodIssue[] {
  if (issue.code !== 'invalid_union' || !issue.errors.length) return [issue];
  const forms = issue.errors.map((form) => form.map((one) => ({ ...one, path: [...issue.path, ...one.path] })));
  const lacks = ({ path }: z.core.$ZodIssue) => path.length > issue.path.length && valueAt(value, path) === undefined;
  const given = forms.filter((form) => !form.some(lacks));
  const all = (given.length ? given : forms).flat().flatMap((one) => told(one, value));
  return [...new Map(all.map((one) => [`${one.path.join('.')} ${one.message}`, one])).values()];
}

const valueAt = (value: unknown, path: PropertyKey[]): unknown =>
  path.reduce((inner, key) => (inner as Record<PropertyKey, unknown> | null | undefined)?.[key], value);

/** Our own checks (`refine(…, { params: { code, …params } })`) give only codes: their texts are made where the answer is. */
function toFault(issue: z.core.$ZodIssue, name?: string): FieldFault {
  const field = (name === undefined ? issue.path : [name, ...issue.path]).join('.');
  if (issue.code !== 'custom') return { field, code: issue.code, message: issue.message };
  const { code = 'invalid', ...params } = (issue.params ?? {}) as ErrorParams;
  return { field, code: String(code), params };
}
