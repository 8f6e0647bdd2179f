import { form } from 'test/hostile/rows/people';
import { anybody, but, member, members, owner, signedIn, type Rule } from 'test/hostile/rules';
import { about, type Table } from 'test/hostile/table';

const HERE = { latitude: 45.7722, longitude: 14.3577 };
const UNKNOWN = 'location.share_target_unknown';
/** Those who see a share may not change it, and it isn't theirs to know what could be. */
const sharer: Rule = owner;

export const location: Table = {
  'POST /location/update': { who: signedIn, body: HERE },
  'POST /location/batch': { who: signedIn, body: { locations: [HERE] } },
  'GET /location/current': signedIn,
  'GET /location/history': signedIn,
  'DELETE /location/history': { who: but(signedIn, 'validation.failed') },
  'GET /location/stats': signedIn,
  // only the owner keeps a history
  'POST /location/imports': { who: { ...but(signedIn, 'location.history_off'), owner: 'ok' }, body: form('file') },
  'GET /location/imports': signedIn,
  ...about('import', { 'GET /location/imports/{import_id}': owner }),
  'GET /location/settings': signedIn,
  'PUT /location/settings': { who: but(signedIn, 'validation.failed'), body: { history: 'sometimes' } },
  'GET /location/shares': signedIn,
  'POST /location/shares': { who: signedIn, body: { audience: 'contacts' } },
  'DELETE /location/shares': { who: signedIn, double: true },
  ...about('share', {
    'GET /location/current/{user_id}': { ...members, member: 'ok' },
    'GET /location/history/{user_id}': { ...but(members, 404), owner: 'ok' },
    'GET /location/shares/{share_id}': members,
    'PUT /location/shares/{share_id}': sharer,
    'DELETE /location/shares/{share_id}': { who: sharer, anew: true },
  }),
  'GET /location/requests': signedIn,
  ...about('newcomer', {
    'POST /location/requests': {
      who: { ...signedIn, otherTenant: UNKNOWN, otherAdmin: UNKNOWN },
      anew: true,
      says: ({ user_id }) => ({ user_id }),
    },
  }),
  ...about('request', {
    'POST /location/requests/{request_id}/accept': { who: owner, anew: true },
    'POST /location/requests/{request_id}/decline': { who: owner, anew: true },
    'DELETE /location/requests/{request_id}': { who: member, anew: true },
  }),
  ...about('link', { 'GET /location/links/{token}': { who: anybody, byLink: true } }),
  'GET /location/watchers': signedIn,
  'GET /location/watchers/log': signedIn,
  'GET /location/private-places': signedIn,
  'POST /location/private-places': signedIn,
  ...about('privatePlace', { 'DELETE /location/private-places/{place_id}': { who: owner, anew: true } }),
  'GET /location/nearby': but(signedIn, 'nearby.not_visible'),
  'GET /location/nearby/visibility': signedIn,
  'PUT /location/nearby/visibility': { who: signedIn, body: { visible: false } },

  'GET /location/geofences': signedIn,
  'POST /location/geofences': signedIn,
  'GET /location/geofences/events': signedIn,
  'GET /location/geofences/watching': signedIn,
  'POST /location/geofences/dry-run': signedIn,
  'POST /location/geofences/dry-run/gpx': { who: but(signedIn, 422), body: form('file') },
  ...about('geofence', {
    'GET /location/geofences/{geofence_id}': owner,
    'PUT /location/geofences/{geofence_id}': owner,
    'DELETE /location/geofences/{geofence_id}': { who: owner, anew: true },
  }),
  ...about('watch', {
    'PUT /location/geofences/{geofence_id}/consent': { who: member, anew: true },
    'POST /location/geofences/{geofence_id}/ask': { who: owner, anew: true },
  }),
};
