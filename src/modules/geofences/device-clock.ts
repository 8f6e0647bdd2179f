/** When a point was recorded by the device's clock, and when it reached us by ours. */
export interface Receipt {
  recordedAt: Date;
  receivedAt: Date;
}

/** What is known of the clock of a user's device. Plain data: it is kept with how far he has been followed. */
export interface DeviceClock {
  /** How far it is behind ours; 0 for one that is about right. */
  behindMs: number;
  /** By how much what came last was behind, since when (ms since 1970) that is so, and how often it came. */
  lately: { delayMs: number; since: number; times: number } | null;
}

export const RIGHT_CLOCK: DeviceClock = { behindMs: 0, lately: null };

/** Delays that differ by no more are the same. */
const SAME_MS = 30_000;
/** A delay is the clock's if it stays the same for so many receipts over so long. */
const ENOUGH = { times: 3, ms: 300_000 };
/** Points need some time to come: nothing less is the clock's. */
const LEAST_MS = 60_000;

/**
 * What is known after more points have come, oldest first. Pure. A clock that is behind and a point that comes late look alike; what
 * tells them is that the newest points of a clock that is behind are all late by the same, as time goes by, while what was put by
 * is sent at once, or comes nearer to the present with each receipt.
 */
export function afterReceipts(clock: DeviceClock, receipts: readonly Receipt[]): DeviceClock {
  const newest = new Map<number, number>();
  for (const { recordedAt, receivedAt } of receipts) newest.set(receivedAt.getTime(), recordedAt.getTime());
  return [...newest].sort(([a], [b]) => a - b).reduce(afterOne, clock);
}

function afterOne({ behindMs, lately }: DeviceClock, [at, recordedAt]: [number, number]): DeviceClock {
  const delayMs = at - recordedAt;
  if (!lately || Math.abs(delayMs - lately.delayMs) > SAME_MS)
    return { behindMs, lately: { delayMs, since: at, times: 1 } };
  const now = { ...lately, times: lately.times + 1 };
  if (now.times < ENOUGH.times || at - now.since < ENOUGH.ms) return { behindMs, lately: now };
  return { behindMs: now.delayMs < LEAST_MS ? 0 : now.delayMs, lately: now };
}
