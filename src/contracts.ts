import { coreJobs, corePushes, coreRequests } from 'src/core/core.contract';
import { authFacts, authJobs } from 'src/modules/auth/auth.contract';
import type { z } from 'zod';

/** Everything that moves, on one page: facts between features, socket requests and pushes, jobs. */
export const facts = { ...authFacts };
export const requests = { ...coreRequests };
export const pushes = { ...corePushes };
export const jobs = { ...coreJobs, ...authJobs };

export type FactName = keyof typeof facts;
export type Fact<N extends FactName> = z.infer<(typeof facts)[N]>;
export type RequestName = keyof typeof requests;
export type RequestBody<N extends RequestName> = z.infer<(typeof requests)[N]['body']>;
export type PushName = keyof typeof pushes;
export type PushBody<N extends PushName> = z.input<(typeof pushes)[N]['body']>;
export type JobName = keyof typeof jobs;
export type JobData<N extends JobName> = z.input<(typeof jobs)[N]['data']>;
