import { randomFillSync } from 'node:crypto';

const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/;
const NO_TRACE = '0'.repeat(32);

const TRACE_BYTES = 16;
/** Random bytes are drawn for many traces at a time: each request takes one. */
const store = Buffer.alloc(TRACE_BYTES * 256);
let taken = store.length;

export function newTraceId(): string {
  if (taken === store.length) {
    randomFillSync(store);
    taken = 0;
  }
  return store.toString('hex', taken, (taken += TRACE_BYTES));
}

/** The trace a caller is part of (W3C `traceparent`), or a new one. */
export function traceIdFrom(traceparent: unknown): string {
  const given = typeof traceparent === 'string' ? TRACEPARENT.exec(traceparent)?.[1] : undefined;
  return given && given !== NO_TRACE ? given : newTraceId();
}
