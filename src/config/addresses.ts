import { isIP } from 'node:net';

/** Names of ranges that Fastify knows. */
const NAMED = ['loopback', 'linklocal', 'uniquelocal'];
const BITS = { 4: 32, 6: 128 } as const;

/** Whether it is an address, a range of them (`10.0.0.0/8`, `10.0.0.0/255.0.0.0`), or the name of ranges: never a host's. */
export function isAddressRange(text: string): boolean {
  if (NAMED.includes(text)) return true;
  const [address, size, ...rest] = text.split('/');
  const version = isIP(address!) as 0 | 4 | 6;
  if (!version || rest.length) return false;
  if (size === undefined) return true;
  if (/^\d{1,3}$/.test(size)) return Number(size) > 0 && Number(size) <= BITS[version];
  return version === 4 && isIP(size) === 4;
}
