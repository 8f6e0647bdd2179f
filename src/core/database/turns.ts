import type { Socket } from 'node:net';
import type { Pool, PoolClient, QueryConfig } from 'pg';

/** Those who ask at once, and the connection that they share. */
interface Turn {
  client: Promise<PoolClient>;
  waiting: number;
  isOver: boolean;
}

/**
 * What is asked at once, before anything else happens, goes to one connection of the pool with one write: each write wakes a process of
 * PostgreSQL's, which costs more than most of what is asked of it. Who comes after that gets another connection.
 */
export class Turns {
  private turn?: Turn;

  constructor(private readonly pool: () => Pool) {}

  /** The rows of a short statement: others may have to wait for it. That it fails is no matter to them. */
  async query<Row extends object>(statement: QueryConfig): Promise<Row[]> {
    const turn = (this.turn ??= this.begin());
    turn.waiting++;
    try {
      const client = await turn.client;
      gather(client);
      return (await client.query<Row>(statement)).rows;
    } finally {
      turn.waiting--;
      release(turn);
    }
  }

  private begin(): Turn {
    const client = this.pool().connect();
    client.then(
      (one) => one.on('error', nobodyElse),
      () => undefined,
    );
    const turn: Turn = { client, waiting: 0, isOver: false };
    process.nextTick(() => {
      this.turn = undefined;
      turn.isOver = true;
      release(turn);
    });
    return turn;
  }
}

/** That a connection is lost all hear who have asked it. */
const nobodyElse = () => undefined;

function release({ client, waiting, isOver }: Turn) {
  if (isOver && waiting === 0)
    client.then(
      (one) => one.off('error', nobodyElse).release(),
      () => undefined, // there was none, as all have heard who asked
    );
}

/** What a connection is asked before anything else happens goes to its socket with one write. */
export function gather(client: PoolClient) {
  const { stream } = (client as unknown as { connection: { stream: Socket } }).connection;
  if (stream.writableCorked) return;
  stream.cork();
  process.nextTick(() => stream.uncork());
}
