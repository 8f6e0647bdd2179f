import { CallNotices } from 'src/modules/calls/call-notices.service';
import { DeparturesService } from 'src/modules/calls/departures.service';
import { ChatsWorkers } from 'src/modules/chats/chats.workers';
import { anotherDevice, dial } from 'test/factories/calls';
import { buildGroup, buildPrivateChat } from 'test/factories/chats';
import { buildUsers, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { connect, type TestSocket } from 'test/support/socket';
import { until } from 'test/support/until';

let app: TestApp;
beforeAll(async () => {
  app = await boot();
});
afterAll(() => app.close());

const people = <Names extends string[]>(...names: Names) =>
  buildUsers(app, ...names) as Promise<[TestUser, TestUser, TestUser, TestUser]>;
const post = (user: TestUser, path: string, body: object = {}) => api(app, user).post(`/video-calls/${path}`, body);
const get = async (user: TestUser, path: string) => (await api(app, user).get(`/video-calls/${path}`)).body;
/** Names of what was heard of calls, in order. */
const heardOf = (socket: TestSocket) =>
  socket.heard.map(({ name }) => name).filter((name) => name.startsWith('call_') && name !== 'call_logged');

describe('two people', () => {
  test('call, ring, answer, talk, hang up: each hears his part, and both lists say how it was', async () => {
    const [ana, ben] = await people('ana', 'ben');
    const [anas, bens] = [await connect(app, ana), await connect(app, ben)];
    const made = await dial(app, ana, ben, { call_type: 'audio' });
    expect(made).toMatchObject({
      status: 201,
      body: {
        status: 'initiated',
        call_type: 'audio',
        caller_id: ana.id,
        callee_id: ben.id,
        is_group_call: false,
        chat_id: expect.any(Number),
        transport: 'webrtc',
        uid: 1,
        token: null,
        answered_at: null,
        participants: [
          { user_id: ana.id, status: 'joined', agora_uid: 1, is_video_enabled: false },
          { user_id: ben.id, status: 'invited', agora_uid: 2, joined_at: null },
        ],
      },
    });
    const { id, initiated_at, rings_until, channel_name } = made.body;
    expect(new Date(rings_until!).getTime() - new Date(initiated_at).getTime()).toBe(45_000);
    expect(await bens.next('call_initiated')).toMatchObject({ call_id: id, caller_name: 'ana', status: 'initiated' });

    expect(await bens.ask('call_ringing', { call_id: id })).toMatchObject({ data: { status: 'ringing' } });
    expect(await anas.next('call_ringing')).toEqual({ call_id: id, revision: 2, user_id: ben.id });
    const answered = await bens.ask('call_answered', { call_id: id });
    expect(answered).toMatchObject({ ok: true, data: { status: 'ongoing', uid: 2, channel_name } });
    expect(await anas.next('call_answered')).toMatchObject({ call_id: id, callee_id: ben.id, channel_name });
    expect(await anas.next('call_participant_joined')).toMatchObject({ participant: { user_id: ben.id, status: 'joined' } }); // oxfmt-ignore

    const part = await bens.ask('call_participant_updated', { call_id: id, is_muted: true });
    expect(part).toMatchObject({ data: { user_id: ben.id, is_muted: true } });
    expect(await anas.next('call_participant_updated')).toMatchObject({ participant: { is_muted: true }, handed_over: false }); // oxfmt-ignore

    await app.db.query(`UPDATE video_calls SET answered_at = answered_at - interval '83 seconds' WHERE id = $1`, [id]);
    const ended = await post(ana, `${id}/end`);
    const { duration } = ended.body;
    expect(ended).toMatchObject({ status: 200, body: { status: 'ended' } });
    expect(duration).toBeGreaterThanOrEqual(83);
    const end = { call_id: id, status: 'ended', end_reason: 'hung_up', ended_by: ana.id, duration };
    expect(await bens.next('call_ended')).toMatchObject(end);
    expect(await anas.next('call_ended')).toMatchObject(end);
    expect(heardOf(anas)).toEqual(['call_ringing', 'call_answered', 'call_participant_joined', 'call_participant_updated', 'call_ended']); // oxfmt-ignore
    expect(heardOf(bens)).toEqual(['call_initiated', 'call_participant_updated', 'call_ended']);
    const logged = { call_id: id, status: 'ended', duration, user_seq: expect.any(Number) };
    for (const socket of [anas, bens]) expect(await socket.next('call_logged')).toMatchObject(logged);

    const [[hers], [his]] = [(await get(ana, 'history')).calls, (await get(ben, 'history')).calls];
    expect(hers).toMatchObject({ id, direction: 'outgoing', my_status: 'left', duration, quality_rating: null });
    expect(his).toMatchObject({ id, direction: 'incoming', my_status: 'left' });
    expect(await get(ana, 'active')).toEqual({ calls: [] });
    [anas, bens].forEach((socket) => socket.close());
  });

  test('declining, being busy in other words, and answering with no', async () => {
    const [ana, ben] = await people('ana', 'ben');
    const anas = await connect(app, ana);
    const first = (await dial(app, ana, ben)).body;
    expect((await post(ben, `${first.id}/decline`, { reason: 'In a meeting' })).body).toMatchObject({
      status: 'declined',
      end_reason: 'declined',
      ended_by: ben.id,
    });
    const reason = 'In a meeting';
    expect(await anas.next('call_declined')).toEqual({ call_id: first.id, revision: 2, user_id: ben.id, reason });
    await anas.next('call_ended');
    expect(heardOf(anas)).toEqual(['call_declined', 'call_ended']);
    const second = (await dial(app, ana, ben)).body;
    const busy = await api(app, ben).put(`/video-calls/${second.id}/decline`, { reason: 'busy' });
    expect(busy.body).toMatchObject({ status: 'busy', end_reason: 'busy' });
    const third = (await dial(app, ana, ben)).body;
    const no = await api(app, ben).put(`/video-calls/${third.id}/answer`, { accept: false });
    expect(no).toMatchObject({ status: 200, body: { status: 'declined', uid: null } });
    anas.close();
  });

  test('the caller gives up: cancelled for her, missed for him; his answer comes too late', async () => {
    const [ana, ben] = await people('ana', 'ben');
    const bens = await connect(app, ben);
    const { id } = (await dial(app, ana, ben)).body;
    const ended = await api(app, ana).put(`/video-calls/${id}/end`, { end_reason: 'user_hangup' });
    expect(ended.body).toMatchObject({ status: 'cancelled', duration: 0, end_reason: 'cancelled' });
    expect(await bens.next('call_missed')).toMatchObject({ call_id: id, status: 'cancelled', caller_id: ana.id });
    expect(await post(ben, `${id}/answer`)).toMatchObject({ status: 409, body: { code: 'call.over', params: { status: 'cancelled' } } }); // oxfmt-ignore
    expect((await get(ben, 'history?missed=true')).calls).toMatchObject([{ id, my_status: 'missed' }]);
    expect((await post(ben, `${id}/ringing`)).body.status).toBe('cancelled');
    bens.close();
  });

  test('who is called or talks is busy; the caller learns it at once and it is in both lists', async () => {
    const [ana, ben, eve] = await people('ana', 'ben', 'eve');
    const eves = await connect(app, eve);
    const { id } = (await dial(app, ana, ben)).body;
    const busy = await dial(app, eve, ben);
    expect(busy).toMatchObject({ status: 201, body: { status: 'busy', end_reason: 'busy', uid: null } });
    expect(await eves.next('call_declined')).toMatchObject({ call_id: busy.body.id, user_id: ben.id, reason: 'busy' });
    expect(await dial(app, ana, eve)).toMatchObject({ status: 409, body: { code: 'call.already_in_call', params: { call_id: id } } }); // oxfmt-ignore
    expect(await dial(app, ben, eve)).toMatchObject({ status: 409, body: { code: 'call.already_in_call' } });
    await post(ben, `${id}/answer`);
    expect((await dial(app, eve, ana)).body.status).toBe('busy');
    expect((await get(ben, 'history')).calls).toMatchObject([{ my_status: 'busy' }, { id, my_status: 'joined' }]);
    await post(ana, `${id}/end`);
    expect((await dial(app, eve, ben)).body.status).toBe('initiated');
    eves.close();
  });

  test('called back while calling, both are in one call', async () => {
    const [ana, ben] = await people('ana', 'ben');
    const anas = await connect(app, ana);
    const hers = await dial(app, ana, ben);
    const his = await dial(app, ben, ana);
    expect(his).toMatchObject({ status: 200, body: { id: hers.body.id, status: 'ongoing', uid: 2 } });
    expect(await anas.next('call_answered')).toMatchObject({ call_id: hers.body.id, user_id: ben.id });
    anas.close();
  });

  test('asked again, the same device has the same call; another device of the caller’s is refused', async () => {
    const [ana, ben] = await people('ana', 'ben');
    const first = await dial(app, ana, ben);
    expect(await dial(app, ana, ben)).toMatchObject({ status: 200, body: { id: first.body.id } });
    expect(await dial(app, await anotherDevice(app, ana), ben)).toMatchObject({ status: 409 });
    const eve = (await people('eve'))[0];
    await post(ana, `${first.body.id}/end`);
    const several = { callee_ids: [ben.id, eve.id] };
    const call = await dial(app, ana, several);
    expect(await dial(app, ana, several)).toMatchObject({ status: 200, body: { id: call.body.id } });
    expect(await dial(app, ana, { callee_ids: [ben.id, (await people('joe'))[0].id] })).toMatchObject({ status: 409 });
    const headers = { 'idempotency-key': 'one' };
    await post(ana, `${call.body.id}/end`);
    const body = { callee_id: ben.id };
    const [one, two] = [
      await api(app, ana).post('/video-calls/initiate', body, { headers }),
      await api(app, ana).post('/video-calls/initiate', body, { headers }),
    ];
    expect(two.body).toEqual(one.body);
  });
});

describe('the chat of a call', () => {
  test('is told once what has become of it, whatever it was', async () => {
    const [ana, ben] = await people('ana', 'ben');
    const chat = await buildPrivateChat(app, ana, ben);
    const bens = await connect(app, ben);
    const endings: ((id: number) => Promise<unknown>)[] = [
      async (id) => {
        await post(ben, `${id}/answer`);
        await app.db.query(`UPDATE video_calls SET answered_at = now() - interval '83 seconds' WHERE id = $1`, [id]);
        await post(ana, `${id}/end`);
      },
      (id) => post(ben, `${id}/decline`),
      (id) => post(ben, `${id}/decline`, { reason: 'busy' }),
      (id) => post(ana, `${id}/end`),
      (id) => post(ana, `${id}/end`, { end_reason: 'failed' }),
      async (id) => {
        await app.db.query('UPDATE call_participants SET rings_until = now() WHERE call_id = $1', [id]);
        await app.get(DeparturesService).timeOut(id);
      },
    ];
    const ids: number[] = [];
    for (const end of endings) {
      const { id } = (await dial(app, ana, ben, { call_type: 'audio' })).body;
      await end(id);
      await app.settle();
      ids.push(id);
    }
    const tellAgain = ids.flatMap((id) => [id, id, id]).map((id) => app.get(CallNotices).tell(id));
    await Promise.all(tellAgain);
    await app.settle();
    const { messages } = (await api(app, ben).get(`/chats/${chat}/messages`)).body;
    const said = messages.reverse().map(({ content }: { content: string }) => content);
    expect(said).toEqual(
      ['1:23', 'declined', 'busy', 'cancelled', 'failed', 'not answered'].map((outcome) => `Call from ana: ${outcome}`),
    );
    expect(messages[0]).toMatchObject({
      ...{ message_type: 'system', sender_id: ana.id },
      metadata: { event: 'call', actor_id: ana.id, call_id: ids[0], call_type: 'audio', status: 'ended', duration: 83 },
    });
    await until('he has heard the last', () => bens.all('new_message').at(-1)?.content === said.at(-1));
    expect(bens.all('new_message').map(({ content }) => content)).toEqual(said);
    expect((await api(app, ben).get(`/chats/${chat}`)).body.unread_count).toBe(0);
    bens.close();
  });

  test('who is put out of it, or leaves it, is out of the call at once, and does not come back', async () => {
    const [ana, ben, eve, joe] = await people('ana', 'ben', 'eve', 'joe');
    const chat = await buildGroup(app, ana, [ben, eve, joe]);
    const [bens, eves, joes] = await Promise.all([ben, eve, joe].map((one) => connect(app, one)));
    const { id } = (await dial(app, ana, { chat_id: chat })).body;
    for (const socket of [bens!, eves!]) await socket.ask('call_answered', { call_id: id });
    for (const one of [ben, joe]) await api(app, ana).delete(`/chats/${chat}/participants/${one.id}`);
    for (const socket of [bens!, joes!])
      expect(await socket.next('call_ended')).toMatchObject({ call_id: id, end_reason: 'removed', status: 'ongoing' });
    expect(await eves!.next('call_participant_left')).toMatchObject({ call_id: id, user_id: ben.id });
    for (const one of [ben, joe])
      for (const path of ['join', 'answer'])
        expect((await post(one, `${id}/${path}`)).body.code).toBe('call.not_found');
    expect((await post(ben, `${id}/token`)).body.code).toBe('call.not_in_call');
    await api(app, eve).post(`/chats/${chat}/leave`);
    expect(await eves!.next('call_ended')).toMatchObject({ end_reason: 'removed' });
    await api(app, ana).post(`/chats/${chat}/participants`, { user_ids: [eve.id] });
    expect((await post(eve, `${id}/join`)).body.status).toBe('ongoing'); // she is in the chat again
    await api(app, ana).delete(`/chats/${chat}`);
    await eves!.next('call_ended', ({ status }) => status === 'ended');
    [bens, eves, joes].forEach((socket) => socket!.close());
  });

  test('ends with the group, although that is to be deleted before anybody has ended it', async () => {
    const waiting = await boot({ roles: ['api'] });
    try {
      const [ana, ben] = await buildUsers(waiting, 'ana', 'ben');
      const chat = await buildGroup(waiting, ana, [ben]);
      const { id } = (await dial(waiting, ana, { chat_id: chat })).body;
      await api(waiting, ben).post(`/video-calls/${id}/answer`);
      await api(waiting, ana).delete(`/chats/${chat}`);
      await expect(waiting.get(ChatsWorkers).purge({ chat_id: chat })).rejects.toThrow('others have work');
      const worker = await boot({ beside: waiting, roles: ['worker'] });
      try {
        await worker.settle();
      } finally {
        await worker.close();
      }
      expect((await api(waiting, ana).get(`/video-calls/${id}`)).body).toMatchObject({ id, status: 'ended' });
      expect(await waiting.db.query('SELECT id FROM chats WHERE id = $1', [chat])).toEqual([]);
    } finally {
      await waiting.close();
    }
  });
});

describe('several devices', () => {
  test('all ring; the first answer wins, the others hear that it was answered elsewhere', async () => {
    const [ana, ben] = await people('ana', 'ben');
    const tablet = await anotherDevice(app, ben);
    const [phones, tablets] = [await connect(app, ben), await connect(app, tablet)];
    const { id } = (await dial(app, ana, ben)).body;
    await Promise.all([phones.next('call_initiated'), tablets.next('call_initiated')]);
    expect((await tablets.ask('call_answered', { call_id: id })).ok).toBe(true);
    expect(await phones.next('call_ended')).toMatchObject({ call_id: id, end_reason: 'answered_elsewhere' });
    expect(await phones.ask('call_answered', { call_id: id })).toMatchObject({ error: { code: 'call.answered_elsewhere' } }); // oxfmt-ignore
    expect((await tablets.ask('call_answered', { call_id: id })).ok).toBe(true);
    expect(await phones.ask('call_declined', { call_id: id })).toMatchObject({ error: { code: 'call.answered_elsewhere' } }); // oxfmt-ignore
    expect(await phones.ask('call_ended', { call_id: id })).toMatchObject({ error: { code: 'call.answered_elsewhere' } }); // oxfmt-ignore
    expect(await phones.ask('call_participant_updated', { call_id: id, is_muted: true })).toMatchObject({ error: { code: 'call.not_in_call' } }); // oxfmt-ignore
    expect(tablets.all('call_ended')).toEqual([]);
    expect((await get(ana, `${id}`)).status).toBe('ongoing');
    [phones, tablets].forEach((socket) => socket.close());
  });

  test('one goes on where another was: the other side learns of it, and the first device is out', async () => {
    const [ana, ben] = await people('ana', 'ben');
    const tablet = await anotherDevice(app, ben);
    const [anas, phones, tablets] = [await connect(app, ana), await connect(app, ben), await connect(app, tablet)];
    const { id } = (await dial(app, ana, ben)).body;
    await phones.ask('call_answered', { call_id: id, is_muted: true });
    const over = await tablets.ask('call_participant_joined', { call_id: id });
    expect(over).toMatchObject({ ok: true, data: { status: 'ongoing', uid: 2 } });
    expect(await phones.next('call_ended')).toMatchObject({ end_reason: 'handed_over' });
    expect(await anas.next('call_participant_updated')).toMatchObject({ participant: { user_id: ben.id }, handed_over: true }); // oxfmt-ignore
    expect(await phones.ask('call_ended', { call_id: id })).toMatchObject({ error: { code: 'call.answered_elsewhere' } }); // oxfmt-ignore
    expect((await api(app, ben).post(`/video-calls/${id}/token`)).body.code).toBe('call.not_in_call');
    await api(app, tablet).post('/logout'); // signed out, the device is out of the call
    expect(await anas.next('call_ended')).toMatchObject({ status: 'ended', end_reason: 'connection_lost' });
    [anas, phones, tablets].forEach((socket) => socket.close());
  });
});

describe('groups', () => {
  test('a chat is called: some answer, some decline, some come late, and the last one turns off the light', async () => {
    const [ana, ben, eve, joe] = await people('ana', 'ben', 'eve', 'joe');
    const chat = await buildGroup(app, ana, [ben, eve, joe]);
    const [anas, bens, eves] = [await connect(app, ana), await connect(app, ben), await connect(app, eve)];
    const made = await dial(app, ana, { chat_id: chat });
    const { id } = made.body;
    expect(made.body).toMatchObject({ is_group_call: true, chat_id: chat, callee_id: null });
    expect(made.body.participants).toHaveLength(4);
    await Promise.all([bens.next('call_initiated'), eves.next('call_initiated')]);

    expect((await eves.ask('call_declined', { call_id: id })).data).toMatchObject({ status: 'initiated' });
    expect(await anas.next('call_declined')).toMatchObject({ user_id: eve.id });
    await bens.ask('call_answered', { call_id: id });
    expect((await eves.ask('call_participant_joined', { call_id: id })).data).toMatchObject({ status: 'ongoing' });
    await bens.next('call_participant_joined', ({ participant }) => participant.user_id === eve.id);
    expect(bens.all('call_answered')).toEqual([]);

    expect((await anas.ask('call_participant_left', { call_id: id })).data).toMatchObject({ status: 'ongoing' });
    expect(await bens.next('call_participant_left')).toEqual({ call_id: id, revision: 5, user_id: ana.id });
    expect((await get(ana, 'active')).calls).toMatchObject([{ id, my_status: 'left' }]);
    await bens.ask('call_ended', { call_id: id });
    expect((await eves.ask('call_ended', { call_id: id })).data).toMatchObject({ status: 'ended', end_reason: 'hung_up' }); // oxfmt-ignore
    const statuses = ((await get(joe, `${id}`)).participants as { status: string }[]).map(({ status }) => status);
    expect(statuses).toEqual(['left', 'left', 'left', 'missed']);
    await app.settle();
    expect((await api(app, joe).get(`/chats/${chat}/messages?limit=1`)).body.messages).toMatchObject([
      { message_type: 'system', metadata: { event: 'call', actor_id: ana.id, call_id: id, status: 'ended' } },
    ]);
    [anas, bens, eves].forEach((socket) => socket.close());
  });

  test('more people are called into a call of two; who is engaged is busy; who began it may end it for all', async () => {
    const [ana, ben, eve, joe] = await people('ana', 'ben', 'eve', 'joe');
    const [zoe, max] = await people('zoe', 'max');
    await dial(app, zoe, max);
    const eves = await connect(app, eve);
    const { id } = (await dial(app, ana, ben)).body;
    expect(await post(ben, `${id}/participants`, { user_ids: [eve.id] })).toMatchObject({ status: 409, body: { code: 'call.not_in_call' } }); // oxfmt-ignore
    await post(ben, `${id}/answer`);
    const grown = await post(ben, `${id}/participants`, { user_ids: [eve.id, joe.id, max.id, ana.id, ben.id] });
    expect(grown).toMatchObject({ status: 200, body: { is_group_call: true, status: 'ongoing' } });
    const byId = new Map(grown.body.participants.map((one: { user_id: string; status: string }) => [one.user_id, one.status])); // oxfmt-ignore
    expect([eve, joe, max, ana, ben].map((one) => byId.get(one.id))).toEqual(['invited', 'invited', 'busy', 'joined', 'joined']); // oxfmt-ignore
    expect(await eves.next('call_initiated')).toMatchObject({ call_id: id, is_group_call: true });
    await eves.ask('call_answered', { call_id: id });
    expect((await post(eve, `${id}/end`, { for_all: true })).body.status).toBe('ongoing');
    expect((await post(ana, `${id}/end`, { for_all: true })).body).toMatchObject({ status: 'ended', ended_by: ana.id });
    eves.close();
  });

  test('who is called again has declined no more, whatever he said then', async () => {
    const [ana, ben, eve] = await people('ana', 'ben', 'eve');
    const { id } = (await dial(app, ana, { callee_ids: [ben.id, eve.id] })).body;
    const reason = 'In a meeting';
    await post(ben, `${id}/answer`);
    const partOf = ({ body }: { body: any }) => body.participants.find((one: any) => one.user_id === eve.id);
    expect(partOf(await post(eve, `${id}/decline`, { reason }))).toMatchObject({ decline_reason: reason });
    const again = await post(ana, `${id}/participants`, { user_ids: [eve.id] });
    expect(partOf(again)).toMatchObject({ status: 'invited', decline_reason: null });
    await post(eve, `${id}/decline`, { reason });
    expect(partOf(await post(eve, `${id}/join`))).toMatchObject({ status: 'joined', decline_reason: null });
  });

  test('a member of the chat who was not called may come in; called twice at once, a chat has one call', async () => {
    const [ana, ben, eve, joe] = await people('ana', 'ben', 'eve', 'joe');
    const chat = await buildGroup(app, ana, [ben, eve]);
    const { id } = (await dial(app, ana, { chat_id: chat }, { callee_ids: [ben.id] })).body;
    expect(await dial(app, ben, { chat_id: chat })).toMatchObject({ status: 200, body: { id, status: 'ongoing' } });
    expect((await post(joe, `${id}/join`)).body.code).toBe('call.not_found');
    expect((await post(eve, `${id}/answer`)).body).toMatchObject({ status: 'ongoing', uid: 3 });
    await post(ana, `${id}/end`, { for_all: true });
  });
});

describe('nobody else', () => {
  test('a stranger can neither see, answer, join, end, signal nor renew', async () => {
    const [ana, ben, eve] = await people('ana', 'ben', 'eve');
    const eves = await connect(app, eve);
    const { id } = (await dial(app, ana, ben)).body;
    await post(ben, `${id}/answer`);
    const notFound = { status: 404, body: { code: 'call.not_found' } };
    expect(await api(app, eve).get(`/video-calls/${id}`)).toMatchObject(notFound);
    for (const what of ['ringing', 'answer', 'join', 'decline', 'end', 'token'])
      expect(await post(eve, `${id}/${what}`)).toMatchObject(notFound);
    expect(await post(eve, `${id}/participants`, { user_ids: [eve.id, ben.id] })).toMatchObject(notFound);
    expect(await post(eve, `${id}/rating`, { rating: 5 })).toMatchObject(notFound);
    expect(await api(app, eve).put(`/video-calls/${id}/participants/me`, { is_muted: true })).toMatchObject(notFound);
    const signal = { type: 'offer', sdp: 'v=0' };
    for (const [name, body] of [
      ['call_signal', { to_user_id: ben.id, signal }],
      ['call_ended', {}],
      ['call_participant_joined', {}],
    ] as const)
      expect(await eves.ask(name, { call_id: id, ...body })).toMatchObject({ error: { code: 'call.not_found' } });
    expect((await api(app).get('/video-calls/history')).status).toBe(401);
    expect(await get(eve, 'history')).toMatchObject({ calls: [] });
    await post(ana, `${id}/end`);
    eves.close();
  });

  test('blocks and privacy hold, before a call and in one', async () => {
    const [ana, ben, eve, joe] = await people('ana', 'ben', 'eve', 'joe');
    const { id } = (await dial(app, ana, ben)).body;
    await post(ben, `${id}/answer`);
    await api(app, ben).post('/settings/privacy/block', { user_id: ana.id });
    await until('the call is over', async () => (await get(ana, `${id}`)).status === 'ended');
    expect(await get(ana, `${id}`)).toMatchObject({ end_reason: 'blocked', ended_by: null });
    const refused = { status: 403, body: { code: 'call.not_permitted' } };
    expect(await dial(app, ana, ben)).toMatchObject(refused);
    expect(await dial(app, ben, ana)).toMatchObject(refused);
    expect(await dial(app, ana, { callee_ids: [ben.id, eve.id] })).toMatchObject(refused);
    await api(app, joe).put('/settings/privacy', { messages: 'nobody', groups: 'nobody' });
    expect(await dial(app, ana, joe)).toMatchObject(refused);
    expect(await dial(app, ana, { callee_ids: [joe.id, eve.id] })).toMatchObject(refused);
    const chat = await buildGroup(app, eve, [ana, ben]);
    const group = (await dial(app, ana, { chat_id: chat })).body;
    expect(group.participants.map(({ user_id }) => user_id)).toEqual([ana.id, eve.id]);
    await post(ana, `${group.id}/end`);
    const bens = await connect(app, ben);
    const { id: ringing } = (await dial(app, eve, { callee_ids: [ana.id, ben.id] })).body;
    await bens.next('call_initiated');
    await api(app, ben).post('/settings/privacy/block', { user_id: eve.id });
    expect(await bens.next('call_ended')).toMatchObject({ call_id: ringing, end_reason: 'blocked' });
    const statuses = (await get(eve, `${ringing}`)).participants.map(({ status }: { status: string }) => status);
    expect(statuses).toEqual(['joined', 'invited', 'declined']);
    bens.close();
  });

  test('what is no call is refused', async () => {
    const [ana, ben, eve] = await people('ana', 'ben', 'eve');
    const chat = await buildPrivateChat(app, ana, ben);
    const nobody = '0199c5a0-7d2e-7b61-9d3c-2f6f0c6f4a11';
    const refuse = async (body: object, status: number, code: string) =>
      expect(await post(ana, 'initiate', body)).toMatchObject({ status, body: { code } });
    await refuse({}, 422, 'call.nobody_to_call');
    await refuse({ callee_id: ana.id }, 422, 'call.nobody_to_call');
    await refuse({ callee_id: nobody }, 422, 'call.unknown_callees');
    await refuse({ callee_ids: [nobody, ben.id] }, 422, 'call.unknown_callees');
    await refuse({ chat_id: chat, callee_id: eve.id }, 422, 'call.unknown_callees');
    await refuse({ chat_id: 999_999 }, 404, 'chat.not_found');
    for (const bad of [
      { callee_id: 7 },
      { callee_id: 'a\0b' },
      { callee_ids: [] },
      { chat_id: -1 },
      { callee_id: ben.id, call_type: 'smell' },
      { callee_ids: Array.from({ length: 50 }, () => nobody) },
    ])
      await refuse(bad, 422, 'validation.failed');
    const { id } = (await dial(app, ana, ben, { status: 'ongoing', initiated_by: ben.id, duration: 99 })).body;
    expect(await get(ana, `${id}`)).toMatchObject({ status: 'initiated', caller_id: ana.id, duration: null });
    for (const reason of ['a\0b', '\ud800', 'x'.repeat(10_000)])
      expect((await post(ben, `${id}/decline`, { reason })).status).toBe(422);
    for (const path of ['0/end', 'x/end', '-1/end', '1.5/end']) expect((await post(ana, path)).status).toBe(422);
    expect((await post(ana, '9007199254740991/end')).status).toBe(404);
  });
});

describe('lists and figures', () => {
  test('history comes in pages and by filters; figures and ratings are the caller’s own', async () => {
    const [ana, ben] = await people('ana', 'ben');
    const end = async (caller: TestUser, callee: TestUser, how: 'talk' | 'decline' | 'cancel', more: object = {}) => {
      const { id } = (await dial(app, caller, callee, more)).body;
      if (how === 'talk') await post(callee, `${id}/answer`);
      await (how === 'decline' ? post(callee, `${id}/decline`) : post(caller, `${id}/end`));
      return id;
    };
    const talked = await end(ana, ben, 'talk');
    await app.db.query('UPDATE video_calls SET duration = 61 WHERE id = $1', [talked]);
    const ids = [
      talked,
      await end(ana, ben, 'decline', { call_type: 'audio' }),
      await end(ben, ana, 'cancel'),
      await end(ben, ana, 'decline'),
    ].reverse();
    const first = await get(ana, 'history?limit=3');
    const second = await get(ana, `history?limit=3&cursor=${first.next_cursor}`);
    expect([...first.items, ...second.calls].map(({ id }) => id)).toEqual(ids);
    expect(second.next_cursor).toBeNull();
    const listed = async (query: string) => (await get(ana, `history?${query}`)).calls.map(({ id }: { id: number }) => id); // oxfmt-ignore
    expect(await listed('call_type=audio')).toEqual([ids[2]]);
    expect(await listed('direction=incoming')).toEqual([ids[0], ids[1]]);
    expect(await listed('status=ended&direction=outgoing')).toEqual([talked]);
    expect(await listed('missed=true')).toEqual([ids[1]]);
    expect(await listed(`chat_id=${first.items[0].chat_id}`)).toEqual(ids);
    expect(await listed('chat_id=999999')).toEqual([]);
    expect(await listed(`start_time=${encodeURIComponent(new Date(Date.now() + 60_000).toISOString())}`)).toEqual([]);
    for (const bad of ['limit=0', 'limit=101', 'cursor=x', 'status=odd', 'missed=1', 'start_time=yesterday'])
      expect((await api(app, ana).get(`/video-calls/history?${bad}`)).status).toBe(422);

    const figures = { total_calls: 4, total_video_calls: 3, total_audio_calls: 1, total_duration: 61, average_duration: 61, successful_calls: 1 }; // oxfmt-ignore
    expect(await get(ana, 'stats')).toEqual({ days: 30, ...figures, missed_calls: 1, declined_calls: 2 });
    expect(await get(ben, 'stats?days=1')).toEqual({ days: 1, ...figures, missed_calls: 0, declined_calls: 2 });
    for (const days of ['0', '366', 'x']) expect((await api(app, ana).get(`/video-calls/stats?days=${days}`)).status).toBe(422); // oxfmt-ignore

    expect(await post(ana, `${talked}/rating`, { rating: 4 })).toMatchObject({ status: 200, body: { quality_rating: 4 } }); // oxfmt-ignore
    expect((await get(ben, 'history')).calls.at(-1)).toMatchObject({ id: talked, quality_rating: null });
    for (const rating of [0, 6, 2.5, '5']) expect((await post(ana, `${talked}/rating`, { rating })).status).toBe(422);
    expect((await post(ana, `${ids[1]}/rating`, { rating: 1 })).body.code).toBe('call.not_rateable');
  });
});
