import { randomUUID } from 'node:crypto';

const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/;
const NO_TRACE = '0'.repeat(32);

/** `randomUUID` draws its random bits from a store; each request takes one. */
export const newTraceId = (): string => randomUUID().replaceAll('-', '');

/** The trace a caller is part of (W3C `traceparent`), or a new one. */
export function traceIdFrom(traceparent: unknown): string {
  const given = typeof traceparent === 'string' ? TRACEPARENT.exec(traceparent)?.[1] : undefined;
  return given && given !== NO_TRACE ? given : newTraceId();
}
