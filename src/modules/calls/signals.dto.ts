import { z } from 'zod';

const LONGEST_SDP = 65_536;
const LONGEST_CANDIDATE = 2_048;

const description = (type: 'offer' | 'answer') =>
  z.object({ type: z.literal(type), sdp: z.string().min(1).max(LONGEST_SDP) });

/** What the peers of a WebRTC connection tell each other: descriptions and candidates as browsers make them. */
export const Signal = z.discriminatedUnion('type', [
  description('offer'),
  description('answer'),
  z.object({
    type: z.literal('candidate'),
    candidate: z
      .object({
        candidate: z.string().max(LONGEST_CANDIDATE),
        sdpMid: z.string().max(64).nullish(),
        sdpMLineIndex: z.int().min(0).max(1000).nullish(),
        usernameFragment: z.string().max(256).nullish(),
      })
      .nullable()
      .describe('null: there are no more.'),
  }),
]);
export type Signal = z.infer<typeof Signal>;
