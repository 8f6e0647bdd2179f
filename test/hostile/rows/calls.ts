import { members, signedIn, type Rule } from 'test/hostile/rules';
import { about, type Table } from 'test/hostile/table';

/** Those who are called; the caller has answered it by calling. */
const callees: Rule = { ...members, owner: 409 };

export const calls: Table = {
  'GET /video-calls/history': signedIn,
  'GET /video-calls/stats': signedIn,
  'GET /video-calls/active': signedIn,
  'GET /video-calls/ice-servers': signedIn,
  ...about('talk', {
    'POST /video-calls/{call_id}/participants': {
      // who is to be added is looked for first, whatever call it is
      who: { ...members, otherTenant: 'call.unknown_callees', otherAdmin: 'call.unknown_callees' },
      anew: true,
      says: ({ user_id }) => ({ user_ids: [user_id] }),
    },
    'PUT /video-calls/{call_id}/participants/me': { who: members, anew: true },
    'POST /video-calls/{call_id}/token': { who: members, anew: true },
    'POST /video-calls/{call_id}/rating': { who: members, anew: true },
  }),
  ...about('call', {
    // goes into the call that is there
    'POST /video-calls/initiate': { who: members, anew: true, says: ({ chat_id }) => ({ chat_id }) },
    'GET /video-calls/{call_id}': members,
    'POST /video-calls/{call_id}/ringing': { who: members, anew: true },
    'POST /video-calls/{call_id}/answer': { who: members, anew: true },
    'PUT /video-calls/{call_id}/answer': { who: members, anew: true },
    'POST /video-calls/{call_id}/join': { who: members, anew: true },
    'POST /video-calls/{call_id}/decline': { who: callees, anew: true },
    'PUT /video-calls/{call_id}/decline': { who: callees, anew: true },
    'POST /video-calls/{call_id}/end': { who: members, anew: true },
    'PUT /video-calls/{call_id}/end': { who: members, anew: true },
  }),
};
