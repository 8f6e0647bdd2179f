import { buildGroup } from 'test/factories/chats';
import { buildUser } from 'test/factories/users';
import type { Ids } from 'test/hostile/table';
import { SECRET, type World } from 'test/hostile/world';
import { upload } from 'test/support/files';
import { api } from 'test/support/http';

const CIRCLE = { center_latitude: 45.7722, center_longitude: 14.3577, radius_meters: 150 };
const GPX = `<gpx version="1.1"><trk><trkseg><trkpt lat="45.7" lon="14.3"><time>2026-01-31T09:30:00Z</time></trkpt></trkseg></trk></gpx>`;

/** How a thing of each kind comes to be: the owner's, in his group if it is in one. The ids are named as in paths and bodies. */
export const THINGS = {
  /** The owner himself. */
  owner: (world: World): Promise<Ids> => Promise.resolve({ user_id: world.people.owner.id }),

  /** Somebody whom nobody knows. */
  newcomer: async ({ app }: World): Promise<Ids> => ({ user_id: (await buildUser(app, 'newcomer')).id }),

  session: async ({ app, people: { owner } }: World): Promise<Ids> => {
    const credentials = { email: owner.email, password: owner.password };
    const headers = { 'user-agent': SECRET.own };
    const { body } = await api(app).post('/login', credentials, { headers });
    const { sessions } = (await api(app, { token: body.access_token }).get('/sessions')).body;
    return { id: sessions.find(({ current }: { current: boolean }) => current).id };
  },

  device: async (world: World): Promise<Ids> => {
    const body = { token: `fcm:${Math.random()}`, device_type: 'android', device_name: SECRET.own };
    return { id: (await world.ok(world.people.owner, 'POST', '/push-notifications/device-tokens', body)).id };
  },

  notification: async (world: World): Promise<Ids> => {
    const { owner, member } = world.people;
    await world.ok(member, 'POST', `/chats/${world.group}/messages`, { content: SECRET.message });
    await world.app.settle();
    const { notifications } = await world.ok(owner, 'GET', '/push-notifications');
    return { id: notifications[0].id };
  },

  broadcast: async (world: World): Promise<Ids> => {
    const tomorrow = new Date(Date.now() + 86_400_000).toISOString();
    const body = { title: 'Maintenance', body: 'Tonight.', scheduled_at: tomorrow };
    return { id: (await world.ok(world.people.admin, 'POST', '/push-notifications/broadcast', body)).id };
  },

  /** In the group. */
  file: async ({ app, people: { owner }, group }: World): Promise<Ids> => {
    const { body } = await upload(app, owner, { name: `${SECRET.message}.txt`, bytes: `light the ${SECRET.message}` });
    await api(app, owner).post(`/chats/${group}/messages`, { message_type: 'file', file_id: body.id });
    return { file_id: body.id };
  },

  /** That is in no chat. */
  draft: async ({ app, people: { owner } }: World): Promise<Ids> => {
    const { body } = await upload(app, owner, { name: 'a.txt', bytes: `see the ${SECRET.own}` });
    return { file_id: body.id };
  },

  upload: async (world: World): Promise<Ids> => {
    const begun = await world.ok(world.people.owner, 'POST', '/files/uploads', { file_name: 'a.txt', file_size: 3 });
    const sent = await fetch(`${world.app.url}${begun.url}`, { method: 'PUT', headers: begun.headers, body: 'abc' });
    if (!sent.ok) throw new Error(`the upload was answered ${sent.status}`);
    return { upload_id: begun.upload_id, place: begun.url.split('/').at(-1) };
  },

  pack: async (world: World): Promise<Ids> => {
    const [first] = (await world.ok(world.people.owner, 'GET', '/media/stickers/packs')).packs;
    const { stickers } = await world.ok(world.people.owner, 'GET', `/media/stickers/packs/${first.id}`);
    return { pack_id: first.id, sticker_id: stickers[0].id };
  },

  export: async (world: World): Promise<Ids> => {
    const { owner } = world.people;
    await world.ok(owner, 'POST', '/settings/account/export');
    await world.app.settle();
    const { download_url } = await world.ok(owner, 'GET', '/profile/export');
    return { token: download_url.split('/').at(-1) };
  },

  group: async ({ app, people: { owner, former, member, groupAdmin } }: World): Promise<Ids> => {
    const chatId = await buildGroup(app, owner, [former, member, groupAdmin], SECRET.group);
    await api(app, owner).put(`/chats/${chatId}/participants/${groupAdmin.id}`, { role: 'admin' });
    await api(app, former).post(`/chats/${chatId}/leave`);
    return { chat_id: chatId };
  },

  /** Another group of the owner's, which the others have not joined, and the link to it. */
  openGroup: async (world: World): Promise<Ids> => {
    const { owner } = world.people;
    const chatId = await buildGroup(world.app, owner, [], SECRET.group);
    const { token } = await world.ok(owner, 'POST', `/chats/${chatId}/invites`, {});
    return { chat_id: chatId, token };
  },

  /** The owner's, written when the former member had gone. */
  message: async (world: World): Promise<Ids> => {
    const said = await world.ok(world.people.owner, 'POST', `/chats/${world.group}/messages`, {
      content: SECRET.message,
    });
    return { chat_id: world.group, message_id: said.id };
  },

  /** Of the group, a plain member. */
  participant: async (world: World): Promise<Ids> => {
    const { id } = await buildUser(world.app, 'participant');
    await world.ok(world.people.owner, 'POST', `/chats/${world.group}/participants`, { user_ids: [id] });
    return { chat_id: world.group, user_id: id };
  },

  invite: async (world: World): Promise<Ids> => {
    const { id, token } = await world.ok(world.people.owner, 'POST', `/chats/${world.group}/invites`, {});
    return { chat_id: world.group, invite_id: id, token };
  },

  /** With the group. */
  share: async (world: World): Promise<Ids> => {
    const { id } = await world.ok(world.people.owner, 'POST', '/location/shares', { chat_id: world.group });
    return { share_id: id, user_id: world.people.owner.id };
  },

  link: async (world: World): Promise<Ids> => {
    const { token } = await world.ok(world.people.owner, 'POST', '/location/shares', { audience: 'link' });
    return { token };
  },

  /** The member's to the owner. */
  request: async (world: World): Promise<Ids> => {
    await world.app.db.query('DELETE FROM location_requests');
    const { owner, member } = world.people;
    return { request_id: (await world.ok(member, 'POST', '/location/requests', { user_id: owner.id })).id };
  },

  import: async ({ app, people: { owner } }: World): Promise<Ids> => {
    const { body } = await upload(app, owner, { name: `${SECRET.own}.gpx`, bytes: GPX }, { to: '/location/imports' });
    return { import_id: body.id };
  },

  privatePlace: async (world: World): Promise<Ids> => {
    const place = { name: SECRET.own, latitude: 45.7722, longitude: 14.3577, radius_meters: 200 };
    return { place_id: (await world.ok(world.people.owner, 'POST', '/location/private-places', place)).id };
  },

  geofence: async (world: World): Promise<Ids> => {
    const fence = { name: SECRET.own, ...CIRCLE };
    return { geofence_id: (await world.ok(world.people.owner, 'POST', '/location/geofences', fence)).id };
  },

  /** The owner's, to watch the member, who shares with him. */
  watch: async (world: World): Promise<Ids> => {
    const { owner, member } = world.people;
    await world.ok(member, 'POST', '/location/shares', { target_user_id: owner.id });
    const fence = { name: 'Hut', ...CIRCLE, subject_id: member.id };
    return { geofence_id: (await world.ok(owner, 'POST', '/location/geofences', fence)).id };
  },

  /** The owner's to the group, in which nobody has answered. */
  call: async (world: World): Promise<Ids> => {
    const { owner, member } = world.people;
    await hangUp(world);
    const call = await world.ok(owner, 'POST', '/video-calls/initiate', { chat_id: world.group });
    return { call_id: call.id, chat_id: world.group, to_user_id: member.id };
  },

  /** The same, answered by all, and somebody who could be added. */
  talk: async (world: World): Promise<Ids> => {
    const [ids, newcomer] = await Promise.all([THINGS.call(world), world.thing('newcomer')]);
    for (const person of ['member', 'groupAdmin'] as const)
      await world.ok(world.people[person], 'POST', `/video-calls/${ids.call_id}/answer`, {});
    return { ...ids, ...newcomer };
  },

  parkedWork: async ({ app }: World): Promise<Ids> => {
    const sql = `INSERT INTO outbox (handler, payload, tenant_id, trace_id, attempts, error, parked_at)
      VALUES ('push.deliver', '{"notification_ids": []}', 'default', $1, 10, $2, now()) RETURNING id`;
    const [row] = await app.db.query<{ id: number }>(sql, ['0'.repeat(32), `"${SECRET.own}"`]);
    return { work_id: row!.id };
  },

  report: async (world: World): Promise<Ids> => {
    const { message_id } = await THINGS.message(world);
    const report = { reason: 'spam', comment: 'Look.' };
    const { id } = await world.ok(world.people.member, 'POST', `/messages/${message_id}/report`, report);
    return { report_id: id };
  },

  /** The same, of a message that carries a file. */
  reportOfFile: async (world: World): Promise<Ids> => {
    const { owner, member } = world.people;
    const { body: file } = await upload(world.app, owner, { name: 'a.txt', bytes: `report the ${SECRET.message}` });
    const carrier = { message_type: 'file', file_id: file.id };
    const { id: messageId } = await world.ok(owner, 'POST', `/chats/${world.group}/messages`, carrier);
    const { id } = await world.ok(member, 'POST', `/messages/${messageId}/report`, { reason: 'spam' });
    return { report_id: id };
  },
};
export type ThingName = keyof typeof THINGS;

/** Nobody is in two calls. Those before are over without anybody's being told: there are too many. */
async function hangUp({ app }: World) {
  await app.db.query(`UPDATE video_calls SET status = 'ended', ended_at = now() WHERE ended_at IS NULL`);
  await app.db.query(
    `UPDATE call_participants SET status = 'left', left_at = now() WHERE status IN ('invited', 'ringing', 'joined')`,
  );
}
