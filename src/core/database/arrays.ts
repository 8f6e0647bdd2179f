/**
 * Values as the text of a PostgreSQL array of one dimension, for a parameter: of many values much quicker made than from an array.
 * Text is quoted, so that nothing in it means anything.
 */
export const arrayOf = (values: readonly (number | boolean | string | null)[]): string =>
  `{${values.map((value) => (typeof value === 'string' ? quoted(value) : (value ?? 'NULL'))).join(',')}}`;

/**
 * What each row has in one column, in the same way. Of a column that is empty throughout only `{}`: `unnest` of several arrays fills up
 * the shorter ones with NULL.
 */
export function columnOf<Row>(rows: readonly Row[], of: (row: Row) => number | boolean | string | null): string {
  let text = '';
  let isEmpty = true;
  for (const row of rows) {
    const value = of(row);
    if (value !== null) isEmpty = false;
    if (text) text += ',';
    text += typeof value === 'string' ? quoted(value) : (value ?? 'NULL');
  }
  return isEmpty ? '{}' : `{${text}}`;
}

/**
 * An array that is a parameter of a statement by name. Where PostgreSQL sees how long it is, it takes a plan for that length for better
 * than one for all lengths, and makes one anew each time: for a statement of many tables that takes longer than to run it.
 */
export const ofAnyLength = (parameter: string, type: string): string => `(SELECT ${parameter}::${type}[])::${type}[]`;

const SPECIAL = /["\\]/;
const quoted = (text: string) => `"${SPECIAL.test(text) ? text.replace(/["\\]/g, '\\$&') : text}"`;
