import type { Held } from 'src/modules/chats/sync.cursor';

/** A chat of the user's as it stands. */
export interface Head {
  chatId: number;
  lastSeq: number;
  /** Changes up to this number may be gone. */
  trimmedSeq: number;
}

/** Changes of one chat that are told one by one; with more missing, its present state is less. */
const MOST_EVENTS = 500;

export interface SyncPlan {
  /** Chats whose changes above `after` are told. */
  events: { chatId: number; after: number; upTo: number }[];
  /** Chats that are shown as they are: new to the client, or with too much missing (`gap`). */
  snapshots: { chatId: number; gap: boolean }[];
  left: number[];
  /** Some chats had to be left to the next answer. */
  more: boolean;
}

/** Decides what a client that holds `held` must be told of its user's chats; snapshots count as one event each. Pure. */
export function planSync(heads: Head[], held: Held['chats'], limit: number): SyncPlan {
  const present = new Set(heads.map(({ chatId }) => chatId));
  const left = [...held.keys()].filter((chatId) => !present.has(chatId));
  const plan: SyncPlan = { events: [], snapshots: [], left, more: false };
  let planned = 0;
  for (const { chatId, lastSeq, trimmedSeq } of heads) {
    const after = held.get(chatId);
    if (after === lastSeq) continue;
    const missing = after === undefined ? 0 : lastSeq - after;
    const isEvents = after !== undefined && after >= trimmedSeq && missing > 0 && missing <= MOST_EVENTS;
    const size = isEvents ? missing : 1;
    if (planned > 0 && planned + size > limit) {
      plan.more = true;
      break;
    }
    planned += size;
    if (isEvents) plan.events.push({ chatId, after, upTo: lastSeq });
    else plan.snapshots.push({ chatId, gap: after !== undefined });
  }
  return plan;
}
