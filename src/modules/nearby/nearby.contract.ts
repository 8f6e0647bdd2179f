import type { Jobs } from 'src/core/contract';
import { z } from 'zod';

const TEND_MS = 30_000;

export const nearbyJobs = {
  'nearby.tend': { queue: 'upkeep', data: z.object({}), every: TEND_MS, attempts: 1 },
  /** Fills an index that has been lost. */
  'nearby.fill': { queue: 'slow', data: z.object({}) },
} satisfies Jobs;
