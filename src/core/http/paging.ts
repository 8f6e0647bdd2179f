import { ValidationFailed } from 'src/core/errors/common.errors';
import { z } from 'zod';

/** How a list is asked for: `limit` items after the place that `cursor` (from the page before) names. */
export const PageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(50),
  cursor: z.string().max(512).optional(),
});
export type PageQuery = z.infer<typeof PageQuery>;

export interface Page<Item> {
  items: Item[];
  nextCursor: string | null;
}

/** A page out of up to `limit + 1` rows: the extra row only tells that there is more. */
export function toPage<Item>(rows: Item[], limit: number, placeOf: (last: Item) => unknown): Page<Item> {
  const items = rows.slice(0, limit);
  const more = rows.length > limit;
  return { items, nextCursor: more ? encodeCursor(placeOf(items.at(-1)!)) : null };
}

/** The place a cursor names, checked: a forged or damaged one is refused, and can't name more than `place` allows. */
export function placeOf<S extends z.ZodType>(place: S, cursor: string | undefined): z.infer<S> | undefined {
  if (cursor === undefined) return undefined;
  const result = place.safeParse(decode(cursor));
  if (result.success) return result.data;
  throw ValidationFailed({}, [{ field: 'cursor', code: 'invalid_cursor' }]);
}

const encodeCursor = (place: unknown) => Buffer.from(JSON.stringify(place)).toString('base64url');

function decode(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    return undefined;
  }
}
