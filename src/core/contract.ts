import { z } from 'zod';

/** A fact: past tense, published in the transaction that makes it true; carries ids, handlers read the present. */
export type Facts = Record<string, z.ZodType>;

/** A socket request: what the client sends, and what its acknowledgement carries back. */
export type Requests = Record<string, { body: z.ZodType; ack: z.ZodType; about: string }>;

/** A socket push: what the server sends unasked. */
export type Pushes = Record<
  string,
  {
    body: z.ZodType;
    about: string;
    /** Of those that agree in this field only the newest counts: a socket that does not keep up is spared the others. */
    newestOf?: string;
  }
>;

/** The body of a push of a user's own stream (`core/streams`), which numbers it. */
export const numbered = <Shape extends z.ZodRawShape>(body: z.ZodObject<Shape>) =>
  body.extend({ user_seq: z.int().describe('The number of this event in the user’s own stream; they have no gaps.') });

/** Queues by temperament, not by feature; see `core/jobs/queues.ts`. */
export type QueueName = 'events' | 'fast' | 'mail' | 'slow' | 'long' | 'clock' | 'upkeep';

/** A job: its queue, its data, how often it is tried, and for repeated ones how many milliseconds apart. */
export interface JobSpec {
  queue: QueueName;
  data: z.ZodType;
  attempts?: number;
  every?: number;
}
export type Jobs = Record<string, JobSpec>;
