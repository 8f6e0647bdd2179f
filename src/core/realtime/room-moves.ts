import type { Socket } from 'socket.io';

/** For each socket that is watched, the lists of those who watch it. */
const watched = new WeakMap<Socket, Set<Set<string>>>();

/**
 * The rooms into which a socket is put, or out of which it is taken, from now until the answer is asked for; also those out of which it
 * is taken and in which it is not yet. Who looks up where a socket belongs leaves these alone: what he has found is older.
 */
export function roomMoves(socket: Socket): () => Set<string> {
  const moves = new Set<string>();
  if (!socket.connected) return () => moves;
  const watchers = watched.get(socket) ?? watch(socket);
  watchers.add(moves);
  return () => {
    watchers.delete(moves);
    if (!watchers.size && watched.delete(socket)) unwatch(socket);
    return moves;
  };
}

const isOurs = new WeakSet<object>();

function watch(socket: Socket): Set<Set<string>> {
  const watchers = new Set<Set<string>>();
  watched.set(socket, watchers);
  const note = (name: string) => watchers.forEach((moves) => moves.add(name));
  const [join, leave] = [socket.join.bind(socket), socket.leave.bind(socket)];
  const joining: typeof join = (names) => {
    for (const name of typeof names === 'string' ? [names] : names) note(name);
    return join(names);
  };
  const leaving: typeof leave = (name) => {
    note(name);
    return leave(name);
  };
  isOurs.add(joining).add(leaving);
  Object.assign(socket, { join: joining, leave: leaving });
  return watchers;
}

/** A socket that was closed meanwhile has another `join`, which does nothing: that stays. */
function unwatch(socket: Socket) {
  const own = socket as { join?: object; leave?: object };
  if (isOurs.has(own.leave!)) delete own.leave;
  if (isOurs.has(own.join!)) delete own.join;
}
