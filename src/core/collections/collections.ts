/** The items by what `keyOf` says of them, in their order. */
export function groupBy<Item, Key>(items: Iterable<Item>, keyOf: (item: Item) => Key): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

/** Of rows that say for `who` of so many they are, those of each, in their order. */
export function ofEach<Row extends { who: number }>(count: number, rows: Row[]): Omit<Row, 'who'>[][] {
  const each = Array.from({ length: count }, (): Omit<Row, 'who'>[] => []);
  for (const { who, ...row } of rows) each[who]!.push(row);
  return each;
}

/** The items in portions of at most `size`, in their order. */
export function* portions<Item>(items: Item[], size: number): Generator<Item[]> {
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size);
}
