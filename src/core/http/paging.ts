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

/** The view of a list: a page under a name of its own and, for clients that page through all lists alike, as `items`. */
export const listView = <Name extends string, View extends z.ZodType>(name: Name, view: View) =>
  z.object({ [name]: z.array(view), items: z.array(view), next_cursor: z.string().nullable() } as ListShape<
    Name,
    View
  >);

type ListShape<Name extends string, View extends z.ZodType> = Record<Name | 'items', z.ZodArray<View>> & {
  next_cursor: z.ZodNullable<z.ZodString>;
};

/** A page as its `listView` has it, each item as `toView` shows it if it is no view yet. */
export function toListView<Name extends string, Item, View = Item>(
  name: Name,
  { items, nextCursor }: Page<Item>,
  toView = (item: Item) => item as unknown as View,
) {
  const views = items.map((item) => toView(item));
  return { [name]: views, items: views, next_cursor: nextCursor } as Record<Name | 'items', View[]> & {
    next_cursor: string | null;
  };
}

/** An answer that is JSON already: that of a `View`. */
export class Ready<View> {
  declare readonly view: View;
  constructor(readonly json: Buffer) {}
}

/** A page as its `listView` has it, of items that are JSON already, and what else there is to say. */
export const toReadyList = <View>(
  name: string,
  { items, nextCursor }: Page<string>,
  others: Partial<View>,
): Ready<View> =>
  new Ready(namedTwice(name, Buffer.from(`[${items.join(',')}]`), { next_cursor: nextCursor, ...others }));

/** An answer as JSON. The items of a list stand there under both their names, but are put into JSON once: they are nearly all of it. */
export function toJson(view: unknown): string | Buffer {
  if (view instanceof Ready) return view.json;
  if (!isList(view)) return JSON.stringify(view);
  const { items, ...others } = view;
  const name = Object.keys(others).find((key) => others[key] === items);
  if (name === undefined) return JSON.stringify(view);
  return namedTwice(name, Buffer.from(JSON.stringify(items)), { ...others, [name]: undefined });
}

function namedTwice(name: string, list: Buffer, others: object): Buffer {
  const rest = JSON.stringify(others).slice(1);
  const end = rest === '}' ? rest : `,${rest}`;
  return Buffer.concat([
    Buffer.from(`{${JSON.stringify(name)}:`),
    list,
    Buffer.from(',"items":'),
    list,
    Buffer.from(end),
  ]);
}

const isList = (view: unknown): view is Record<string, unknown> & { items: unknown[] } =>
  Array.isArray((view as { items?: unknown } | null)?.items);

/** The place a cursor names, checked: a forged or damaged one is refused, and can't name more than `place` allows. */
export function placeOf<S extends z.ZodType>(place: S, cursor: string | undefined): z.infer<S> | undefined {
  if (cursor === undefined) return undefined;
  const result = place.safeParse(decode(cursor));
  if (result.success) return result.data;
  throw ValidationFailed({}, [{ field: 'cursor', code: 'invalid_cursor' }]);
}

export const encodeCursor = (place: unknown) => Buffer.from(JSON.stringify(place)).toString('base64url');

function decode(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    return undefined;
  }
}
