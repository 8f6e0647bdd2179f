import { InvalidEnvironment } from 'src/config/env';

/** What a person who starts Muster can act upon: known faults in a line, unknown ones with their stack. */
export function startupFault(error: unknown): string {
  if (error instanceof InvalidEnvironment) return error.message;
  const { code, address, hostname, port, message, stack } = error as NodeJS.ErrnoException & Partial<Place>;
  if (code === 'EADDRINUSE') return `Port ${port} of ${address} is in use; set PORT to another.`;
  if (code === 'EACCES') return `Not allowed to listen on port ${port}; set PORT to one above 1023.`;
  if (code === 'EADDRNOTAVAIL') return `${address} is no address of this machine; set HOST to one, or to 0.0.0.0.`;
  if (code && UNREACHABLE.has(code)) {
    const place = [address ?? hostname, port].filter((part) => part !== undefined).join(':');
    return `Not reachable: ${place} (${code}); look at DATABASE_URL, REDIS_URL and HOST.`;
  }
  if (code && DATABASE_REFUSES.test(code)) return `PostgreSQL refuses: ${message}; look at DATABASE_URL.`;
  if (/connect timeout|timeout exceeded|Connection terminated/.test(message))
    return `PostgreSQL does not answer: ${message}.`;
  if (/WRONGPASS|NOAUTH|NOPERM|Connection is closed/.test(message))
    return `Redis refuses: ${message}; look at REDIS_URL.`;
  return stack ?? String(error);
}

interface Place {
  address: string;
  /** Instead of an address, if it has none. */
  hostname: string;
  port: number;
}

const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);
/** Wrong password, no such role, no such database, no room, nothing to write to; a pooler that does not know a parameter. */
const DATABASE_REFUSES = /^(28...|3D000|53300|25006|08P01)$/;
