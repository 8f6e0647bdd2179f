import type { Rule } from 'test/hostile/rules';
import type { ThingName } from 'test/hostile/things';
import type { World } from 'test/hostile/world';

/** A route (`GET /chats/{chat_id}`, below `/api/v1` unless it begins with `//`) or a socket request (`join_chat`) as it is to be called. */
export interface Row {
  who: Rule;
  /** The thing that is asked for; its ids fill the path and, for sockets, the body. */
  of?: ThingName;
  /** What is said; without it the example of the OpenAPI document. `FormData` and bytes are sent as they are. */
  body?: unknown;
  /** The same where ids are in it. */
  says?: (ids: Ids, world: World) => unknown;
  query?: string;
  /** Whoever may do it changes the thing, so each gets one of his own. */
  anew?: true;
  /** It ends the caller's session or account, so it is done by another person of the same standing. */
  double?: true;
  /** The address is a secret and the right to what it leads to. */
  byLink?: true;
}
export type Ids = Record<string, string | number>;
/** A rule alone is a row that needs nothing else. */
export type Table = Record<string, Rule | Row>;

export const rowOf = (entry: Rule | Row): Row => ('who' in entry ? entry : { who: entry });

/** Rows about the same kind of thing. */
export const about = (of: ThingName, rows: Table): Table =>
  Object.fromEntries(Object.entries(rows).map(([name, entry]) => [name, { of, ...rowOf(entry) }]));
