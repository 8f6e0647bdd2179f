import { Packet } from 'src/core/realtime/packets';

/** The connections in any of the rooms, or all if none is named, but those in any of `except`. */
export interface Audience {
  rooms: string[];
  except?: string[];
}

/** A push of which only the newest counts: its name, and what it is of. */
export interface Newest {
  name: string;
  of: string;
}

/**
 * What is done to those in rooms: a packet is sent to them (it is `heard` if another node told it), or they are put into a room, taken
 * out of one, closed.
 */
export type Act =
  | { act: 'send'; to: Audience; packet: Packet; newest?: Newest; heard?: boolean }
  | { act: 'join' | 'leave'; to: Audience; room: string }
  | { act: 'close'; to: Audience };

/**
 * What nodes tell each other: acts, and that something was not told, or not in time, which others may have missed. (That is to nobody,
 * so that a node which does not know it yet does nothing.)
 */
export type News = Act | typeof MISSED;
export const MISSED = { act: 'missed', to: { rooms: ['nobody'] } } as const;

/** An act as nodes tell it to each other: two lines, of which the second is the packet as clients get it. */
export function linesOf(act: News): [head: string, packet: string] {
  if (act.act !== 'send') return [JSON.stringify(act), ''];
  const { to, packet, newest } = act;
  return [JSON.stringify([to.rooms, to.except ?? [], newest ?? null]), packet.text];
}

/** The acts that a message tells by such lines, behind the one that says who tells. Packets stay the bytes that they came as. */
export function actsIn(message: Buffer): News[] {
  const acts: News[] = [];
  for (let at = endOfLine(message, 0) + 1; at < message.length;) {
    const head = endOfLine(message, at);
    const end = endOfLine(message, head + 1);
    acts.push(actOf(message.toString('utf8', at, head), message.subarray(head + 1, end)));
    at = end + 1;
  }
  return acts;
}

const LINE_END = 10;

function endOfLine(message: Buffer, from: number): number {
  const end = message.indexOf(LINE_END, from);
  return end < 0 ? message.length : end;
}

function actOf(head: string, packet: Buffer): News {
  const told = JSON.parse(head) as News | [string[], string[], Newest | null];
  if (!Array.isArray(told)) return told;
  const [rooms, except, newest] = told;
  return { act: 'send', to: { rooms, except }, packet: new Packet(packet), newest: newest ?? undefined, heard: true };
}
