import { admins, but, ofTenant, sameTenant, signedIn, staff } from 'test/hostile/rules';
import { about, type Table } from 'test/hostile/table';

export const admin: Table = {
  'GET /admin/users': staff,
  ...about('newcomer', { 'PATCH /admin/users/{user_id}': { who: ofTenant(staff), anew: true } }),
  'GET /admin/audit-log': admins,
  'GET /admin/sockets': admins,
  'POST /admin/queues/session': admins,
  'DELETE /admin/queues/session': admins,
  'GET /admin/parked-work': admins,
  'GET /admin/parked-work/schedules': admins,
  'POST /admin/parked-work/retry': admins,
  ...about('parkedWork', {
    'POST /admin/parked-work/{work_id}/retry': { who: ofTenant(admins), anew: true },
    'DELETE /admin/parked-work/{work_id}': { who: ofTenant(admins), anew: true },
  }),
  'GET /moderation/reports': staff,
  ...about('report', {
    'GET /moderation/reports/{report_id}': ofTenant(staff),
    'POST /moderation/reports/{report_id}/resolve': {
      who: ofTenant(staff),
      anew: true,
      body: { actions: ['dismiss'] },
    },
  }),
  ...about('reportOfFile', {
    'GET /moderation/reports/{report_id}/file': ofTenant(staff),
    // it has none
    'GET /moderation/reports/{report_id}/file/thumbnail': but(ofTenant(staff), 'file.no_thumbnail'),
  }),

  // there is no GIF provider here; features/gifs has one
  'GET /media/gifs/search': { who: but(signedIn, 503), query: 'q=bat' },
  'GET /media/gifs/trending': but(signedIn, 503),
  'GET /media/stickers/packs': signedIn,
  'POST /media/stickers/packs': { who: but(admins, 422), body: Buffer.from('no ZIP') },
  'GET /media/stickers': signedIn,
  'GET /media/stickers/favorites': signedIn,
  'GET /media/stickers/recent': signedIn,
  ...about('pack', {
    'GET /media/stickers/packs/{pack_id}': sameTenant,
    // it comes with Muster and stays
    'DELETE /media/stickers/packs/{pack_id}': but(ofTenant(admins), 'sticker.pack_built_in'),
    'PUT /media/stickers/favorites/{sticker_id}': sameTenant,
    'DELETE /media/stickers/favorites/{sticker_id}': signedIn,
    'POST /media/stickers/{sticker_id}/use': sameTenant,
    'GET /media/stickers/{sticker_id}': sameTenant,
    'GET /media/stickers/{sticker_id}/image': sameTenant,
  }),
};
