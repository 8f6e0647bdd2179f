import { lookup } from 'node:dns';
import { Agent, type AgentOptions } from 'node:https';
import { BlockList, isIPv6, type LookupFunction } from 'node:net';

/** What is not the public internet: this machine, its network, and what those who run it reach by it (RFC 6890). */
const CLOSED = new BlockList();
for (const [net, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const)
  CLOSED.addSubnet(net, bits, 'ipv4');
/** Of IPv6, 2000::/3 is public, but for the parts that lead back into IPv4 or are for examples. */
const OPEN_6 = new BlockList();
OPEN_6.addSubnet('2000::', 3, 'ipv6');
for (const [net, bits] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
] as const)
  CLOSED.addSubnet(net, bits, 'ipv6');

export const isPublicAddress = (address: string): boolean =>
  isIPv6(address) ? OPEN_6.check(address, 'ipv6') && !CLOSED.check(address, 'ipv6') : !CLOSED.check(address, 'ipv4');

/** Finds addresses as ever, but none that is not public. */
const publicLookup: LookupFunction = (hostname, options, found) =>
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    const open = error ? [] : addresses.filter(({ address }) => isPublicAddress(address));
    const [first] = open;
    if (!first) return found(error ?? new Error(`${hostname} leads to no public address`), '', 4);
    if (options.all) return found(null, open);
    found(null, first.address, first.family);
  });

/**
 * For requests to addresses that people have given us: connects to the public internet alone, whatever a name leads to at that moment.
 * It must not be asked for addresses in figures, for which no name is looked up.
 */
export const publicAgent = (options: AgentOptions): Agent => new Agent({ ...options, lookup: publicLookup });
