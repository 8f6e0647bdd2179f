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

/** What is done to those in rooms: a packet is sent to them, or they are put into a room, taken out of one, closed. */
export type Act =
  | { act: 'send'; to: Audience; packet: string; newest?: Newest }
  | { act: 'join' | 'leave'; to: Audience; room: string }
  | { act: 'close'; to: Audience };

/** An act as nodes tell it to each other: two lines, of which the second is the packet as clients get it. */
export function linesOf(act: Act): [head: string, packet: string] {
  if (act.act !== 'send') return [JSON.stringify(act), ''];
  const { to, packet, newest } = act;
  return [JSON.stringify([to.rooms, to.except ?? [], newest ?? null]), packet];
}

/** The acts that such lines tell, from one of them on. */
export function* actsIn(lines: string[], from = 0): Generator<Act> {
  for (let line = from; line < lines.length; line += 2) yield actOf(lines[line]!, lines[line + 1]!);
}

function actOf(head: string, packet: string): Act {
  const told = JSON.parse(head) as Act | [string[], string[], Newest | null];
  if (!Array.isArray(told)) return told;
  const [rooms, except, newest] = told;
  return { act: 'send', to: { rooms, except }, packet, newest: newest ?? undefined };
}
