/**
 * Values as the text of a PostgreSQL array of one dimension, for a parameter: of many values much quicker made than from an array.
 * Text is quoted, so that nothing in it means anything.
 */
export const arrayOf = (values: readonly (number | boolean | string | null)[]): string =>
  `{${values.map((value) => (typeof value === 'string' ? quoted(value) : (value ?? 'NULL'))).join(',')}}`;

const quoted = (text: string) => `"${text.replace(/["\\]/g, '\\$&')}"`;
