const HIDDEN = '[hidden]';
const DEEPEST = 6;
/** Ids, instants and words of our own contracts; whatever people write, and whatever could be a secret, looks otherwise. */
const PLAIN = [/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/, /^[a-z][a-z_]{0,29}$/];
const TOLD_NAMES = ['handler', 'tenantId', 'traceId'];

/** A job's data as it may be shown: numbers, ids, instants and our own words; other texts are hidden. */
export function shownData(data: unknown, depth = 0): unknown {
  if (typeof data === 'string') return PLAIN.some((form) => form.test(data)) ? data : HIDDEN;
  if (typeof data !== 'object' || data === null) return data;
  if (depth > DEEPEST) return HIDDEN;
  if (Array.isArray(data)) return data.map((item) => shownData(item, depth + 1));
  const entries = Object.entries(data).map(([key, value]: [string, unknown]) => [
    key,
    depth === 0 && TOLD_NAMES.includes(key) ? value : shownData(value, depth + 1),
  ]);
  return Object.fromEntries(entries) as unknown;
}

const LONGEST_REASON = 300;
/** What errors quote, and addresses. */
const FOREIGN = /"[^"]*"?|(?<!\w)'[^']*'|`[^`]*`|\S+@\S+/g;

/** What a job failed of as it may be shown: its beginning, without what it quotes, but for our own words. */
export const shownReason = (reason: string): string =>
  reason
    .replace(FOREIGN, (part) => {
      const bare = part.replace(/^["'`]|["'`]$/g, '');
      return PLAIN.some((form) => form.test(bare)) ? part : HIDDEN;
    })
    .slice(0, LONGEST_REASON);
