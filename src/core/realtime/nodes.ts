import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import type { Server } from 'socket.io';
import { z } from 'zod';

const NodeCount = z.object({ node: z.string(), sockets: z.int(), users: z.int(), startedAt: z.string() });
export type NodeCount = z.infer<typeof NodeCount>;

export interface Nodes {
  nodes: NodeCount[];
  /** Did all of them answer? */
  complete: boolean;
}

const QUESTION = 'muster:count';
/** Socket.IO itself waits 5 s for a node that is gone, and for ever for Redis. */
const LONGEST_WAIT_MS = 6000;

/** Asks all nodes how many connections they have, and answers the others. */
export class NodeCounts {
  private readonly node = `${hostname()}:${process.pid}:${randomBytes(3).toString('hex')}`;
  private readonly startedAt = new Date().toISOString();

  constructor(
    private readonly server: Server,
    private readonly own: () => { sockets: number; users: number },
  ) {
    server.on(QUESTION, (answer: (count: NodeCount) => void) => answer(this.here()));
  }

  async ask(): Promise<Nodes> {
    const { answers, complete } = await Promise.race([this.others(), nobodyAnswers()]);
    const others = answers.flatMap((answer) => NodeCount.safeParse(answer).data ?? []);
    const nodes = [this.here(), ...others].sort((a, b) => a.node.localeCompare(b.node));
    return { nodes, complete: complete && others.length === answers.length };
  }

  private async others(): Promise<{ answers: unknown[]; complete: boolean }> {
    try {
      return { answers: await this.server.serverSideEmitWithAck(QUESTION), complete: true };
    } catch (error) {
      return { answers: (error as { responses?: unknown[] }).responses ?? [], complete: false };
    }
  }

  private here = (): NodeCount => ({ node: this.node, startedAt: this.startedAt, ...this.own() });
}

const nobodyAnswers = () => setTimeout(LONGEST_WAIT_MS, { answers: [] as unknown[], complete: false }, { ref: false });
