import { RedisKeys } from 'src/core/redis/keys';
import { CrossingsService } from 'src/modules/geofences/crossings.service';
import { RetentionService } from 'src/modules/location/retention.service';
import { NearbyIndex } from 'src/modules/nearby/nearby.index';
import { PushService, type Note } from 'src/modules/push/push.service';
import { buildGroup, buildPrivateChat } from 'test/factories/chats';
import { circleAround, drawFence, fix, OFFICE, sendFixes } from 'test/factories/geofences';
import { buildShare, keepHistory } from 'test/factories/locations';
import { buildNote } from 'test/factories/notes';
import { buildUser, buildUsers, principalOf, type TestUser } from 'test/factories/users';
import { count, figure, GONE, inRedis, ONCE, pushesOf, repeated, takenBack, type Kinds } from 'test/faults/kinds/kind';
import type { TestApp } from 'test/support/boot';
import { upload } from 'test/support/files';
import { api } from 'test/support/http';

const GPX = (times: Date[]) =>
  `<gpx version="1.1"><trk><trkseg>${times.map((at) => `<trkpt lat="45.7" lon="14.3"><time>${at.toISOString()}</time></trkpt>`).join('')}</trkseg></trk></gpx>`;
const pointsOf = (app: TestApp, { id }: TestUser) => count(app, 'user_locations WHERE user_id = $1', id);
/** From outside into the fence around the office. */
const WALK_IN = [fix(300, 0), fix(150, 30), fix(0, 60), fix(0, 90), fix(0, 120)];

/** The share that somebody was told of: again when it is done again. */
const TOLD = `SELECT min((data->>'share_id')::int) FROM user_events WHERE user_id = $1 AND type = 'location_share_received'`;
const TOLD_END = TOLD.replace('received', 'stopped');

/** Ana shares with Ben, who draws a fence for her. */
async function watched(app: TestApp) {
  const [ana, ben] = await buildUsers(app, 'ana', 'ben');
  const share = await buildShare(app, ana, ben);
  const fence = await drawFence(app, ben, circleAround(OFFICE, 50, { subject_id: ana.id }));
  return { ana, ben, share, fence };
}

/** Ana has walked into her fence. */
async function crossed(app: TestApp) {
  const ana = await buildUser(app, 'ana');
  const { id } = await drawFence(app, ana, circleAround(OFFICE, 50));
  await sendFixes(app, ana, WALK_IN);
  await app.get(CrossingsService).evaluate(ana.id);
  return { ana, id };
}

/** Ben shares with a chat that he and Ana are in, and Cid has come into since. */
async function sharedWithChat(app: TestApp) {
  const [ana, ben, cid] = await buildUsers(app, 'ana', 'ben', 'cid');
  const chat_id = await buildGroup(app, ana, [ben]);
  const { id: share_id } = (await api(app, ben).post('/location/shares', { chat_id })).body;
  await api(app, ana).post(`/chats/${chat_id}/participants`, { user_ids: [cid.id] });
  return { ben, cid, chat_id, share_id };
}

export const places: Kinds = {
  'location.end_share': async (app) => {
    const [ana, ben] = await buildUsers(app, 'ana', 'ben');
    const { id: share_id } = await buildShare(app, ana, ben);
    const expires_at = new Date(Date.now() - 1000).toISOString();
    await app.db.query('UPDATE location_shares SET expires_at = $2 WHERE id = $1', [share_id, expires_at]);
    const look = () => figure(app, 'SELECT is_active FROM location_shares WHERE id = $1', share_id);
    return { work: { share_id, expires_at }, look, is: false };
  },
  'location.tend': async (app) => {
    const ana = await buildUser(app, 'ana');
    await api(app, ana).post('/location/update', { latitude: 45, longitude: 14, client_id: 'a' });
    const sql = `UPDATE location_keys SET created_at = now() - interval '99 days' WHERE user_id = $1`;
    return repeated(app, app.db.query(sql, [ana.id]), 'location_keys WHERE user_id = $1', ana.id);
  },
  'location.import': async (app) => {
    const ana = await buildUser(app, 'ana');
    await keepHistory(app, ana);
    const bytes = GPX(Array.from({ length: 30 }, (_, index) => new Date(Date.now() - 3_600_000 + index * 1000)));
    const { body } = await upload(app, ana, { name: 'a.gpx', bytes }, { to: '/location/imports' });
    return { work: { import_id: body.id }, look: pointsOf(app, ana), is: 30 };
  },
  'location.apply_choice': async (app) => {
    const ana = await buildUser(app, 'ana');
    await keepHistory(app, ana);
    await sendFixes(app, ana, WALK_IN);
    expect(await pointsOf(app, ana)()).toBe(WALK_IN.length);
    await app.get(RetentionService).choose(principalOf(ana), { history: 'live_only' });
    return { work: { user_id: ana.id }, look: pointsOf(app, ana), is: GONE };
  },
  'location.tell_ages': (app) => {
    const key = app.get(RedisKeys).key('location', 'aged_until');
    const look = async () => Number(await inRedis(app, (redis) => redis.get(key))) > 0;
    return Promise.resolve({ work: {}, look, is: true });
  },
  'LocationWorkers.endSharesBetween': async (app) => {
    const [ana, ben] = await buildUsers(app, 'ana', 'ben');
    await buildShare(app, ana, ben);
    await buildShare(app, ben, ana);
    await api(app, ana).post(`/users/${ben.id}/block`);
    const look = count(app, 'location_shares WHERE user_id IN ($1, $2) AND is_active', ana.id, ben.id);
    return { work: { user_id: ana.id, other_id: ben.id }, look, is: GONE };
  },
  'LocationWorkers.takeBack': async (app) => {
    const [ana, ben] = await buildUsers(app, 'ana', 'ben');
    const { id: share_id } = await buildShare(app, ana, ben);
    const look = await told(app, ben, `location_share:${share_id}`);
    await api(app, ana).delete(`/location/shares/${share_id}`);
    return { work: { share_id }, look, is: ONCE };
  },
  'LocationWorkers.takeBackAsked': async (app) => {
    const [ana, ben] = await buildUsers(app, 'ana', 'ben');
    const { id: request_id } = (await api(app, ana).post('/location/requests', { user_id: ben.id })).body;
    const look = await told(app, ben, `location_request:${request_id}`);
    await api(app, ana).delete(`/location/requests/${request_id}`);
    return { work: { request_id }, look, is: ONCE };
  },
  'GeofencesWorkers.takeBackDecided': async (app) => {
    const { ana, ben, fence } = await watched(app);
    const look = await told(app, ben, 'geofence:987654', { kind: 'geofence', aboutUserId: ana.id });
    return { work: { geofence_id: fence.id, user_id: ana.id }, look, is: ONCE };
  },
  'GeofencesWorkers.takeBackHidden': async (app) => {
    const { ana, ben } = await watched(app);
    const look = await told(app, ben, 'geofence:987652', { kind: 'geofence', aboutUserId: ana.id });
    return { work: { user_id: ana.id }, look, is: ONCE };
  },
  'GeofencesWorkers.takeBackFromLeavers': async (app) => {
    const { ben, cid, chat_id } = await sharedWithChat(app);
    const look = await told(app, cid, 'geofence:987653', { kind: 'geofence', aboutUserId: ben.id });
    return { work: { chat_id, user_ids: [cid.id] }, look, is: ONCE };
  },
  'LocationWorkers.notifyAbsent': async (app) => {
    const [ana, ben] = await buildUsers(app, 'ana', 'ben');
    const { id: share_id } = await buildShare(app, ana, ben);
    return { work: { share_id }, look: pushesOf(app, `location_share:${share_id}`), is: ONCE };
  },
  'LocationWorkers.answerAsked': async (app) => {
    const [ana, ben] = await buildUsers(app, 'ana', 'ben');
    await api(app, ben).post('/location/requests', { user_id: ana.id });
    const { id: share_id } = await buildShare(app, ana, ben);
    const look = count(app, `location_requests WHERE share_id = $1 AND state = 'accepted'`, share_id);
    return { work: { share_id }, look, is: ONCE };
  },
  'LocationWorkers.notifyAsked': async (app) => {
    const [ana, ben] = await buildUsers(app, 'ana', 'ben');
    const { id } = (await api(app, ana).post('/location/requests', { user_id: ben.id })).body;
    return { work: { request_id: id }, look: pushesOf(app, `location_request:${id}`), is: ONCE };
  },
  'ShareMembersWorkers.joined': async (app) => {
    const { cid, chat_id, share_id } = await sharedWithChat(app);
    return { work: { chat_id, user_ids: [cid.id] }, look: () => figure(app, TOLD, cid.id), is: share_id };
  },
  'ShareMembersWorkers.answered': async (app) => {
    const [ana, ben] = await buildUsers(app, 'ana', 'ben');
    const { id: share_id } = (await api(app, ana).post('/location/shares', { audience: 'contacts' })).body;
    const chat_id = await buildPrivateChat(app, ben, ana);
    await api(app, ana).post(`/chats/${chat_id}/messages`, { content: 'hello' });
    return { work: { chat_id, user_id: ana.id }, look: () => figure(app, TOLD, ben.id), is: share_id };
  },
  'ShareMembersWorkers.parted': async (app) => {
    const [ana, ben] = await buildUsers(app, 'ana', 'ben');
    await buildPrivateChat(app, ana, ben);
    const { id: share_id } = (await api(app, ana).post('/location/shares', { audience: 'contacts' })).body;
    await api(app, ben).post(`/users/${ana.id}/block`);
    const work = { user_id: ben.id, other_id: ana.id };
    return { work, look: () => figure(app, TOLD_END, ben.id), is: share_id };
  },
  'ShareMembersWorkers.reunited': async (app) => {
    const [ana, ben] = await buildUsers(app, 'ana', 'ben');
    await buildPrivateChat(app, ana, ben);
    await api(app, ben).post(`/users/${ana.id}/block`);
    const { id: share_id } = (await api(app, ana).post('/location/shares', { audience: 'contacts' })).body;
    await api(app, ben).post(`/users/${ana.id}/unblock`);
    const work = { user_id: ben.id, other_id: ana.id };
    return { work, look: () => figure(app, TOLD, ben.id), is: share_id };
  },
  'ShareMembersWorkers.left': async (app) => {
    const { ben, chat_id, share_id } = await sharedWithChat(app);
    await app.db.query('UPDATE chat_participants SET left_at = now() WHERE chat_id = $1 AND user_id = $2', [
      chat_id,
      ben.id,
    ]);
    const look = count(app, 'location_shares WHERE id = $1 AND is_active', share_id);
    return { work: { chat_id, user_ids: [ben.id] }, look, is: GONE };
  },
  'nearby.fill': async (app) => {
    const index = app.get(NearbyIndex);
    expect([await index.isWhole(), await index.claimFilling()]).toEqual([false, true]);
    return { work: {}, look: () => index.isWhole(), is: true };
  },
  'nearby.tend': async (app) => {
    const ana = await buildUser(app, 'ana');
    await api(app, ana).put('/location/nearby/visibility', { visible: true });
    const sql = 'UPDATE nearby_users SET expires_at = now() WHERE user_id = $1';
    return repeated(app, app.db.query(sql, [ana.id]), 'nearby_users WHERE user_id = $1', ana.id);
  },
  'GeofencesWorkers.evaluate': async (app) => {
    const ana = await buildUser(app, 'ana');
    const { id } = await drawFence(app, ana, circleAround(OFFICE, 50));
    const location_ids = await sendFixes(app, ana, WALK_IN);
    return { work: { user_id: ana.id, location_ids }, look: crossings(app, id), is: 'entry' };
  },
  'geofence.dwell': async (app) => {
    const ana = await buildUser(app, 'ana');
    const { id } = await drawFence(app, ana, circleAround(OFFICE, 50, { notify_on_dwell: true, dwell_seconds: 600 }));
    await sendFixes(app, ana, WALK_IN);
    await app.get(CrossingsService).evaluate(ana.id);
    const since = await figure<Date>(app, 'SELECT since FROM geofence_states WHERE geofence_id = $1', id);
    const work = { user_id: ana.id, geofence_id: id, since: since.toISOString() };
    return { work, look: crossings(app, id), is: 'entry,dwell' };
  },
  'GeofencesWorkers.notifyAbsent': async (app) => {
    const { ana, id: geofence_id } = await crossed(app);
    // as if it were not an hour late
    const sql = 'UPDATE geofence_events SET silenced = NULL WHERE geofence_id = $1';
    await app.db.query(sql, [geofence_id]);
    const event_id = await figure(app, 'SELECT id FROM geofence_events WHERE geofence_id = $1', geofence_id);
    const work = { event_id, geofence_id, user_id: ana.id };
    return { work, look: pushesOf(app, `geofence:${event_id}`), is: ONCE };
  },
  'geofence.await_dwells': async (app) => {
    const { id: geofence_id } = await crossed(app);
    const sql = 'UPDATE geofence_areas SET notify_on_dwell = true, dwell_seconds = 600 WHERE id = $1';
    await app.db.query(sql, [geofence_id]);
    return { work: { geofence_id }, look: crossings(app, geofence_id), is: 'entry,dwell' };
  },
  'geofence.forget_events': async (app) => {
    const { id } = await crossed(app);
    const sql = `UPDATE geofence_events SET recorded_at = now() - interval '99 days' WHERE geofence_id = $1`;
    return repeated(app, app.db.query(sql, [id]), 'geofence_events WHERE geofence_id = $1', id);
  },
  'ForgettingWorkers.forgetSpan': async (app) => {
    const { ana, id } = await crossed(app);
    const work = { user_id: ana.id, start: null, end: new Date().toISOString() };
    return { work, look: count(app, 'geofence_events WHERE geofence_id = $1', id), is: GONE };
  },
  'GeofencesWorkers.notifyAsked': async (app) => {
    const { ana, fence } = await watched(app);
    const work = { geofence_id: fence.id, user_id: ana.id };
    return { work, look: pushesOf(app, `geofence_watch:${fence.id}:%`), is: ONCE };
  },
  'GeofencesWorkers.beginToWatch': async (app) => {
    const [ana, ben] = await buildUsers(app, 'ana', 'ben');
    const chat_id = await buildGroup(app, ana, [ben]);
    await drawFence(app, ana, circleAround(OFFICE, 50, { chat_id }));
    const { id } = (await api(app, ben).post('/location/shares', { chat_id })).body;
    const look = count(app, `location_followers WHERE user_id = $1 AND feature = 'geofences'`, ben.id);
    return { work: { share_id: id }, look, is: ONCE };
  },
  'GeofencesWorkers.endWatches': async (app) => {
    const { ana, share, fence } = await watched(app);
    await api(app, ana).put(`/location/geofences/${fence.id}/consent`, { accepted: true, revision: fence.revision });
    await api(app, ana).delete(`/location/shares/${share.id}`);
    const look = () => figure(app, 'SELECT state FROM geofence_watches WHERE geofence_id = $1', fence.id);
    return { work: { share_id: share.id }, look, is: 'ended' };
  },
};

/** Somebody is told something; how much of that has been taken back. */
async function told(app: TestApp, user: TestUser, key: string, about: Partial<Note> = {}) {
  await app.get(PushService).notify([buildNote(user, { key, ...about })]);
  return takenBack(app, key);
}

const crossings = (app: TestApp, fence: number) => () =>
  figure(app, `SELECT string_agg(event_type, ',' ORDER BY id) FROM geofence_events WHERE geofence_id = $1`, fence);
