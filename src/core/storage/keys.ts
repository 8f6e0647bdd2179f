const LONGEST_KEY = 512;
/** No segment is empty or begins with a dot, so none can be `.` or `..`, or meet the folders that we keep for ourselves. */
const KEY = /^[a-z0-9_-][a-z0-9_.-]{0,199}(\/[a-z0-9_-][a-z0-9_.-]{0,199})*$/;

/**
 * `avatars/0198c3/original.webp`: small letters, digits and `_ . -` in segments of at most 200 characters, 512 in all. Keys are made
 * by us and never by users, so a bad one is a fault of ours; refusing it here keeps every key inside the root.
 */
export function checkKey(key: string): string {
  if (key.length > LONGEST_KEY || !KEY.test(key)) throw new Error(`Not a storage key: ${JSON.stringify(key)}`);
  return key;
}

/** A prefix is good if a key can begin with it. */
export function checkPrefix(prefix: string): string {
  checkKey(`${prefix}x`);
  return prefix;
}
