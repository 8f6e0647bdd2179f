import { anybody, but, sameTenant, signedIn, type Rule } from 'test/hostile/rules';
import { about, type Table } from 'test/hostile/table';

/** Who is blocked by the owner meets neither him nor what comes from him. */
export const unlessBlocked: Rule = { ...sameTenant, blocked: 404 };

export const people: Table = {
  'GET /profile': signedIn,
  'PUT /profile': { who: signedIn, body: { bio: 'x' } },
  'PUT /profile/status': signedIn,
  'GET /profile/privacy': signedIn,
  'PUT /profile/privacy': signedIn,
  'GET /settings/privacy': signedIn,
  'PUT /settings/privacy': signedIn,
  'POST /profile/avatar': { who: but(signedIn, 'file.type_not_allowed'), body: form('avatar') },
  'POST /upload-avatar': { who: but(signedIn, 'file.type_not_allowed'), body: form('avatar') },
  'DELETE /profile/avatar': signedIn,
  'GET /settings/app': signedIn,
  'PUT /settings/app': signedIn,
  'GET /settings/account': signedIn,
  'PUT /settings/account': { who: signedIn, body: { bio: 'x' } },
  'GET /users/blocked': signedIn,
  'GET /users/search': { who: signedIn, query: 'q=owner' },
  ...about('owner', {
    'GET /users/{user_id}': unlessBlocked,
    'GET /users/{user_id}/profile': unlessBlocked,
    'POST /users/{user_id}/report': { ...unlessBlocked, blocked: 'ok', owner: 'report.of_oneself' },
  }),
  ...about('newcomer', {
    'POST /users/{user_id}/block': sameTenant,
    'POST /users/{user_id}/unblock': signedIn, // of whoever is not blocked, known or not
    'POST /settings/privacy/block': { who: sameTenant, says: ({ user_id }) => ({ user_id }) },
    'POST /settings/privacy/unblock': { who: signedIn, says: ({ user_id }) => ({ user_id }) },
  }),

  'GET /languages': anybody,
  'GET /language/current': anybody,
  'GET /language/test': anybody,
  'GET //health/live': anybody,
  'GET //health': anybody,
  'GET //health/ready': anybody,
};

export function form(name: string, file = 'x', fileName = 'a.txt'): FormData {
  const data = new FormData();
  data.append(name, new Blob([file]), fileName);
  return data;
}
