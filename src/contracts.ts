import { coreJobs, corePushes, coreRequests } from 'src/core/core.contract';
import { accountFacts, accountJobs, accountPushes } from 'src/modules/account/account.contract';
import { authFacts, authJobs } from 'src/modules/auth/auth.contract';
import { callFacts, callJobs, callPushes, callRequests } from 'src/modules/calls/calls.contract';
import { chatChangePushes } from 'src/modules/chats/changes.contract';
import { chatFacts, chatJobs, chatPushes, chatRequests } from 'src/modules/chats/chats.contract';
import { fileFacts, fileJobs } from 'src/modules/files/files.contract';
import { geofenceFacts, geofenceJobs, geofencePushes } from 'src/modules/geofences/geofences.contract';
import { locationFacts, locationJobs, locationPushes, locationRequests } from 'src/modules/location/location.contract';
import { moderationJobs, moderationPushes } from 'src/modules/moderation/moderation.contract';
import { nearbyJobs } from 'src/modules/nearby/nearby.contract';
import { languageRequests } from 'src/modules/languages/languages.contract';
import { mediaJobs } from 'src/modules/media/media.contract';
import { presenceJobs, presencePushes, presenceRequests } from 'src/modules/presence/presence.contract';
import { broadcastFacts, broadcastJobs, broadcastPushes } from 'src/modules/push/broadcasts.contract';
import { pushFacts, pushJobs, pushPushes } from 'src/modules/push/push.contract';
import { userFacts, userJobs, userPushes } from 'src/modules/users/users.contract';
import type { z } from 'zod';

/** Everything that moves, on one page: facts between features, socket requests and pushes, jobs. */
export const facts = {
  ...userFacts,
  ...authFacts,
  ...pushFacts,
  ...broadcastFacts,
  ...fileFacts,
  ...chatFacts,
  ...locationFacts,
  ...geofenceFacts,
  ...accountFacts,
  ...callFacts,
};
export const requests = {
  ...coreRequests,
  ...languageRequests,
  ...chatRequests,
  ...presenceRequests,
  ...locationRequests,
  ...callRequests,
};
export const pushes = {
  ...corePushes,
  ...userPushes,
  ...pushPushes,
  ...broadcastPushes,
  ...chatPushes,
  ...chatChangePushes,
  ...presencePushes,
  ...locationPushes,
  ...geofencePushes,
  ...accountPushes,
  ...callPushes,
  ...moderationPushes,
};
export const jobs = {
  ...coreJobs,
  ...userJobs,
  ...authJobs,
  ...chatJobs,
  ...pushJobs,
  ...broadcastJobs,
  ...fileJobs,
  ...mediaJobs,
  ...presenceJobs,
  ...locationJobs,
  ...nearbyJobs,
  ...geofenceJobs,
  ...accountJobs,
  ...callJobs,
  ...moderationJobs,
};

export type FactName = keyof typeof facts;
export type Fact<N extends FactName> = z.infer<(typeof facts)[N]>;
export type RequestName = keyof typeof requests;
export type RequestBody<N extends RequestName> = z.infer<(typeof requests)[N]['body']>;
export type PushName = keyof typeof pushes;
export type PushBody<N extends PushName> = z.input<(typeof pushes)[N]['body']>;
/** Pushes whose body is `numbered`: those of a user's own stream. */
export type UserEventName = { [N in PushName]: PushBody<N> extends { user_seq: number } ? N : never }[PushName];
export type JobName = keyof typeof jobs;
export type JobData<N extends JobName> = z.input<(typeof jobs)[N]['data']>;
