import { admins, but, ofTenant, owner, signedIn } from 'test/hostile/rules';
import { about, type Table } from 'test/hostile/table';

export const push: Table = {
  // or whoever has the service key: features/push
  'POST /push-notifications/send': { who: admins, says: (_, { people }) => ({ user_ids: [people.stranger.id], title: 'a', body: 'b' }) }, // oxfmt-ignore
  'POST /push-notifications/device-tokens': signedIn,
  'GET /push-notifications/device-tokens': signedIn,
  ...about('device', {
    'PUT /push-notifications/device-tokens/{id}': { who: owner, body: { app_version: '2' } },
    'DELETE /push-notifications/device-tokens/{id}': { who: owner, anew: true },
  }),
  'GET /push-notifications': signedIn,
  'POST /push-notifications/read': signedIn,
  'GET /push-notifications/stats': signedIn,
  ...about('notification', {
    'GET /push-notifications/{id}': owner,
    'POST /push-notifications/{id}/ack': { who: owner, body: { event: 'opened' } },
  }),
  'GET /profile/notification-preferences': signedIn,
  'PUT /profile/notification-preferences': signedIn,

  'POST /push-notifications/broadcast': { who: but(admins, 'validation.failed'), body: { title: '' } },
  'POST /push-notifications/broadcast/dry-run': admins,
  'GET /push-notifications/broadcasts': admins,
  ...about('broadcast', {
    'GET /push-notifications/broadcasts/{id}': ofTenant(admins),
    'POST /push-notifications/broadcasts/{id}/pause': { who: ofTenant(admins), anew: true },
    'POST /push-notifications/broadcasts/{id}/resume': { who: ofTenant(admins), anew: true },
    'POST /push-notifications/broadcasts/{id}/cancel': { who: ofTenant(admins), anew: true },
  }),
  'GET /admin/push-templates': admins,
  'PUT /admin/push-templates': admins,
  'GET /admin/push/health': admins,
};
