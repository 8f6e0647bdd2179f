import { z } from 'zod';

const LARGEST_ID = Number.MAX_SAFE_INTEGER;

/** The id of a row with a bigint identity: a positive JSON number. */
export const id = () => z.int().min(1).max(LARGEST_ID);

/** The same in a path or query, where it comes as text. */
export const idParam = () =>
  z
    .string()
    .regex(/^[1-9]\d{0,15}$/)
    .transform(Number)
    .pipe(id());

/** Counts code points, as people count characters; a surrogate pair is one. */
export const characters = (text: string): number =>
  text.length - (text.match(/[\ud800-\udbff](?=[\udc00-\udfff])/g)?.length ?? 0);

/** Text that PostgreSQL can keep and UTF-8 can carry: no NUL, no lone surrogate. */
const isStorable = (text: string) => !text.includes('\0') && text.isWellFormed();

/** Something that is seen: no space or control, nor what Unicode draws nothing for (of U+2800 it does not say so). */
const SEEN = /[^\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cf}\p{Z}\u2800]/u;

/** Text from a person: trimmed, storable, `min`–`max` characters; if there must be any, then one that is seen. */
export const text = ({ min = 0, max }: { min?: number; max: number }) =>
  z
    .string()
    .refine((value) => value.length <= max * 2, { params: { code: 'too_big', count: max }, abort: true })
    .trim()
    .refine(isStorable, { params: { code: 'unreadable_text' }, abort: true })
    .refine((value) => characters(value) >= min && (!min || SEEN.test(value)), {
      params: { code: 'too_small', count: min },
    })
    .refine((value) => characters(value) <= max, { params: { code: 'too_big', count: max } })
    .meta({ minLength: min, maxLength: max });

/** The same, of at most `max` bytes in UTF-8, as it is kept and sent. */
export const textInBytes = ({ min = 0, max }: { min?: number; max: number }) =>
  z
    .string()
    .refine((value) => value.length <= max, { params: { code: 'too_many_bytes', bytes: max }, abort: true })
    .trim()
    .refine(isStorable, { params: { code: 'unreadable_text' }, abort: true })
    .refine((value) => characters(value) >= min, { params: { code: 'too_small', count: min } })
    .refine((value) => Buffer.byteLength(value) <= max, { params: { code: 'too_many_bytes', bytes: max } })
    .meta({ minLength: min, maxLength: max });

/** An instant on the wire: RFC 3339, UTC, milliseconds. */
export const instant = () => z.iso.datetime().meta({ example: '2026-01-31T09:30:00.000Z' });

/** An instant from a client, with any offset. */
export const instantInput = () =>
  z.iso
    .datetime({ offset: true })
    .transform((value) => new Date(value))
    .meta({ type: 'string', format: 'date-time', example: '2026-01-31T09:30:00.000Z' });

/** Degrees of WGS 84. */
export const latitude = () => z.number().min(-90).max(90).meta({ example: 45.7722 });
export const longitude = () => z.number().min(-180).max(180).meta({ example: 14.3577 });

/** Any value as JSON in a text field of a form. */
export const json = () =>
  z.string().transform((value, context): unknown => {
    try {
      return JSON.parse(value);
    } catch {
      context.addIssue({ code: 'custom', message: 'no JSON', params: { code: 'invalid' } });
      return z.NEVER;
    }
  });
