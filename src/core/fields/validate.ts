import type { ErrorParams, FieldFault } from 'src/core/errors/app-error';
import { ValidationFailed } from 'src/core/errors/common.errors';
import { z } from 'zod';

/** The reasons zod gives, in the languages that Muster ships; others get the English ones. */
const REASONS: Record<string, z.core.$ZodErrorMap> = Object.fromEntries(
  (['en', 'id', 'ja', 'ko', 'zhCN'] as const).map((name) => [name.slice(0, 2), z.locales[name]().localeError]),
);

/** `value` as `schema` wants it; otherwise `validation.failed` naming every field, with reasons in `language`. */
export function validate<S extends z.ZodType>(schema: S, value: unknown, language: string): z.infer<S> {
  const result = schema.safeParse(value, { error: REASONS[language] ?? REASONS.en });
  if (result.success) return result.data;
  throw ValidationFailed({}, result.error.issues.slice(0, MAX_FAULTS).map(toFault));
}

const MAX_FAULTS = 50;

/** Our own checks (`refine(…, { params: { code, …params } })`) give only codes: their texts are made where the answer is. */
function toFault(issue: z.core.$ZodIssue): FieldFault {
  const field = issue.path.join('.');
  if (issue.code !== 'custom') return { field, code: issue.code, message: issue.message };
  const { code = 'invalid', ...params } = (issue.params ?? {}) as ErrorParams;
  return { field, code: String(code), params };
}
