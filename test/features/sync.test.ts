import { deflateRawSync } from 'node:zlib';
import { SyncRepository } from 'src/modules/chats/sync.repository';
import { SyncService } from 'src/modules/chats/sync.service';
import { Streams } from 'src/core/streams/streams';
import { buildGroup, buildPrivateChat } from 'test/factories/chats';
import { buildUser, buildUsers, type TestUser } from 'test/factories/users';
import { bootTwo, closeAll, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { countQueries } from 'test/support/queries';
import { Replica } from 'test/support/replica';
import { connect } from 'test/support/socket';
import { verifySync } from 'test/support/verify-sync';

let app: TestApp;
let node: TestApp;
let ana: TestUser, ben: TestUser, cid: TestUser;
beforeAll(async () => ([app, node] = await bootTwo()));
beforeEach(async () => {
  [ana, ben, cid] = await buildUsers(app, 'ana', 'ben', 'cid');
});
afterAll(() => closeAll(node, app));

const send = (user: TestUser, chat: number, content: string, on = app) =>
  api(on, user)
    .post(`/chats/${chat}/messages`, { content })
    .then(({ body }) => body);

describe('whoever was connected, away, or begins anew holds the same after', () => {
  test('messages, his own and of others, from any node', async () => {
    const chat = await buildGroup(app, ana, [ben, cid]);
    await send(ana, chat, 'before');
    await verifySync(
      app,
      ben,
      async () => {
        await send(ana, chat, 'one', node);
        await send(ben, chat, 'two');
        await Promise.all(
          Array.from({ length: 20 }, (_, index) => send(cid, chat, `${index}`, index % 2 ? app : node)),
        );
      },
      { node },
    );
  });

  test('receipts: his own from another device, and those of others', async () => {
    const chat = await buildGroup(app, ana, [ben, cid]);
    const first = await send(ana, chat, 'one');
    const second = await send(ana, chat, 'two');
    await verifySync(app, ben, async () => {
      await api(app, ben).put(`/messages/${first.id}/read`);
      await api(node, cid).put(`/messages/${second.id}/read`);
    });
    await verifySync(app, ana, () => api(app, ben).post(`/chats/${chat}/messages/mark-read`));
  });

  test('edits, of what is quoted too, deletions for all and for himself, reactions, pins, threads', async () => {
    const chat = await buildGroup(app, ana, [ben, cid]);
    const post = async (user: TestUser, body: object) =>
      (await api(app, user).post(`/chats/${chat}/messages`, body)).body;
    const held = [];
    for (let n = 0; n < 5; n++) held.push((await send(ana, chat, `${n}`)).id as number);
    const [quoted, deleted, hidden, liked, root] = held;
    await post(cid, { content: 'quoting', reply_to_id: quoted });
    await verifySync(
      app,
      ben,
      async () => {
        await api(app, ana).put(`/messages/${quoted}`, { content: 'edited' });
        await post(cid, { content: 'again', reply_to_id: quoted });
        await api(node, ana).put(`/messages/${quoted}`, { content: 'edited twice' });
        await api(app, ana).delete(`/messages/${deleted}?for=all`);
        await api(app, ben).delete(`/messages/${hidden}?for=me`);
        await api(app, ana).put(`/messages/${hidden}`, { content: 'nobody there' });
        await api(app, cid).put(`/messages/${liked}/reactions`, { emojis: ['👍', '🎉'] });
        await api(node, ben).put(`/messages/${liked}/reactions`, { emojis: ['👍'] });
        await api(node, cid).put(`/messages/${liked}/reactions`, { emojis: ['🎉'] });
        await api(app, ana).put(`/messages/${liked}/pin`);
        for (const user of [ana, ben, cid]) await post(user, { content: 'in a thread', thread_id: root });
        const { id } = await post(cid, { content: 'short-lived' });
        await api(app, cid).delete(`/messages/${id}?for=all`);
      },
      { node },
    );
  });

  test('what he clears and deletes for himself, read or not, and what becomes of it then', async () => {
    const chat = await buildGroup(app, ana, [ben, cid]);
    const root = await send(ana, chat, 'root');
    const old = await send(ana, chat, 'old');
    await verifySync(
      app,
      ben,
      async () => {
        const seen = await send(ana, chat, 'seen');
        await api(node, ben).put(`/messages/${seen.id}/read`);
        const hidden = await send(ana, chat, `hey @${ben.username} @all`);
        const replied = { content: 'in the thread', thread_id: root.id, reply_to_id: hidden.id };
        const { body: reply } = await api(app, cid).post(`/chats/${chat}/messages`, replied);
        await send(cid, chat, `@${ben.username}, are you there?`);
        for (const { id } of [hidden, reply, seen]) await api(node, ben).delete(`/messages/${id}?for=me`);
        await api(app, ana).put(`/messages/${hidden.id}`, { content: `changed, @${ben.username}` });
        await api(app, cid).put(`/messages/${old.id}/reactions`, { emojis: ['👍'] });
        await api(app, ana).delete(`/messages/${seen.id}?for=all`);
      },
      { node },
    );
    const again = await verifySync(app, ben, async () => {
      await api(app, ben).delete(`/chats/${chat}/messages`);
      await api(app, ana).put(`/messages/${old.id}`, { content: 'changed behind his back' });
      await api(app, ana).delete(`/messages/${root.id}?for=all`);
      const { id } = await send(ana, chat, 'new');
      await api(app, ben).delete(`/messages/${id}?for=me`);
    });
    expect(again.state.chats).toMatchObject([{ id: chat, messages: [], last_message: null, unread_count: 0 }]);
    const { body } = await api(app, ben).post('/sync', { chats: { [chat]: 0 } });
    expect(JSON.stringify(body.chats[0].events)).not.toContain('behind his back');
    await verifySync(app, ana, () => api(app, cid).delete(`/chats/${chat}/messages`));
  });

  test('a chat that he deletes for himself, opens anew, or hears of again', async () => {
    const [one, other] = [await buildPrivateChat(app, ben, ana), await buildPrivateChat(app, ben, cid)];
    await send(ana, one, 'hi');
    await verifySync(app, ben, async () => {
      for (const chat of [one, other]) await api(app, ben).delete(`/chats/${chat}`);
      await send(ana, one, 'are you there?');
    });
    const opened = await verifySync(app, ben, () => api(app, ben).post('/chats', { participant_ids: [cid.id] }));
    expect(opened.state.chats.map(({ id }) => id).sort()).toEqual([one, other].sort());
    const gone = await verifySync(app, ben, () => api(app, ben).delete(`/chats/${other}`));
    expect(gone.state.chats).toMatchObject([{ id: one, unread_count: 1, last_message: { content: 'are you there?' } }]);
    const cleared = await verifySync(app, ben, () => api(app, ben).delete(`/chats/${one}/messages`));
    expect(cleared.state.chats).toMatchObject([{ id: one, messages: [], last_message: null }]);
  });

  test('a chat out of which he is put, and into which he is taken again', async () => {
    const chat = await buildGroup(app, ana, [ben, cid]);
    await send(ana, chat, 'before');
    const putOut = () => api(app, ana).delete(`/chats/${chat}/participants/${ben.id}`);
    const out = await verifySync(app, ben, async () => {
      expect((await putOut()).status).toBe(204);
      await send(ana, chat, 'secret');
    });
    expect(out.state.chats).toEqual([]);
    expect(out.userEvents).toMatchObject([{ type: 'chat_removed', data: { chat_id: chat, reason: 'removed' } }]);
    const { body } = await api(node, ben).post('/sync', { chats: { [chat]: 1 }, user_seq: 0 });
    expect(body).toMatchObject({ chats: [], left: [chat], marks: [], user: { events: out.userEvents } });
    const again = await verifySync(app, ben, async () => {
      await api(app, ana).post(`/chats/${chat}/participants`, { user_ids: [ben.id] });
      await putOut();
      await api(app, ana).post(`/chats/${chat}/participants`, { user_ids: [ben.id] });
      await send(ana, chat, 'welcome back');
    });
    expect(again.state.chats).toMatchObject([{ id: chat, last_message: { content: 'welcome back' } }]);
  });

  test('new chats, of any kind', async () => {
    await verifySync(app, ben, async () => {
      const chat = await buildGroup(app, ana, [ben]);
      await send(ana, chat, 'welcome');
      await buildPrivateChat(app, cid, ben);
    });
  });

  test('who comes and goes, and what Muster says of it in his language', async () => {
    await api(app, ben).put('/profile', { language: 'ko' });
    const chat = await buildGroup(app, ana, [cid]);
    await send(ana, chat, 'before');
    const held = await verifySync(
      app,
      ben,
      async () => {
        await api(app, ana).post(`/chats/${chat}/participants`, { user_ids: [ben.id] });
        await send(cid, chat, 'welcome', node);
        await api(node, ana).put(`/chats/${chat}/participants/${ben.id}`, { role: 'admin' });
        await api(app, ana).put(`/chats/${chat}`, { name: 'Summit' });
        await api(node, ana).post(`/chats/${chat}/leave`);
      },
      { node },
    );
    const said = held.state.chats[0]!.messages.map(({ content }: { content: string }) => content);
    expect(said.at(-2)).toBe('ana님이 나갔습니다');
  });

  test('what belongs to no chat', async () => {
    const { userEvents } = await verifySync(app, ana, async () => {
      await api(app, ana).post(`/users/${cid.id}/block`);
      await api(app, ana).post(`/users/${cid.id}/unblock`);
    });
    expect(userEvents.map(({ data }) => [data.user_seq, data.is_blocked])).toEqual([
      [1, true],
      [2, false],
    ]);
  });
});

test('REST by cursor, REST by numbers and the socket tell the same', async () => {
  const chat = await buildGroup(app, ana, [ben]);
  const { cursor } = (await api(app, ben).get('/sync')).body;
  await send(ana, chat, 'one');
  await send(ana, chat, 'two');
  const missed = (await api(app, ben).get(`/sync?cursor=${cursor}`)).body;
  expect(missed.chats).toMatchObject([
    { chat_id: chat, last_seq: 2, gap: false, chat: null, unread_count: 2, events: [{ type: 'new_message' }, {}] },
  ]);
  const { body: byNumbers } = await api(node, ben).post('/sync', { chats: { [chat]: 0 } });
  const socket = await connect(node, ben);
  const { data: bySocket } = await socket.ask('sync', { chats: { [chat]: 1 }, user_seq: 0 });
  socket.close();
  expect(byNumbers.chats).toEqual(missed.chats);
  expect(bySocket.chats[0].events).toEqual(missed.chats[0].events.slice(1));
  expect((await api(app, ben).get(`/sync?cursor=${missed.cursor}`)).body).toMatchObject({
    chats: [],
    left: [],
    more: false,
  });
});

test('a chat in which too much is missing, or what is missing is gone, is shown as it is, with a gap', async () => {
  const chat = await buildGroup(app, ana, [ben]);
  const replica = await new Replica(app, ben).connect();
  replica.disconnect();
  await app.db.query(
    `INSERT INTO messages (chat_id, seq, ordinal, sender_id, content) SELECT $1, n, n, $2, n::text FROM generate_series(1, 501) n`,
    [chat, ana.id],
  );
  await app.db.query('UPDATE chats SET last_seq = 501, last_message_seq = 501, message_count = 501 WHERE id = $1', [
    chat,
  ]);
  const told = async (chats: object) => (await api(app, ben).post('/sync', { chats })).body.chats[0];
  expect(await told({ [chat]: 0 })).toMatchObject({
    gap: true,
    events: [],
    chat: { unread_count: 501, last_seq: 501 },
  });
  expect(await told({ [chat]: 600 })).toMatchObject({ gap: true });
  expect(await told({ [chat]: 490 })).toMatchObject({ gap: false, events: { length: 11 } });
  await replica.sync(app, 'rest');
  expect(replica.state.chats[0].messages).toHaveLength(501);

  await app.db.query(
    `INSERT INTO chat_changes (chat_id, seq, type, message_id, created_at)
     SELECT $1, n, 'new_message', NULL, now() - interval '31 days' FROM generate_series(502, 505) n`,
    [chat],
  );
  await app.db.query('UPDATE chats SET last_seq = 506 WHERE id = $1', [chat]);
  await app.get(SyncService).trim();
  expect(await told({ [chat]: 504 })).toMatchObject({ gap: true, last_seq: 506 });
  expect(await told({ [chat]: 505 })).toMatchObject({ gap: false, last_seq: 506 });
});

test('when very much is to be forgotten, it is so a bounded lot at a time, and each tells how far', async () => {
  const chat = await buildGroup(app, ana, [ben]);
  await app.db.query(
    `INSERT INTO chat_changes (chat_id, seq, type, message_id, created_at)
     SELECT $1, n, 'new_message', NULL, now() - interval '40 days' + n * interval '1 second' FROM generate_series(1001, 1007) n`,
    [chat],
  );
  await app.db.query('UPDATE chats SET last_seq = 1007, trimmed_seq = 1000 WHERE id = $1', [chat]);
  const rows = app.get(SyncRepository);
  const floor = async () =>
    (await app.db.query<{ seq: number }>('SELECT trimmed_seq AS seq FROM chats WHERE id = $1', [chat]))[0]!.seq;
  const steps: [number, number][] = [];
  for (let n = 1; n; steps.push([n, await floor()])) n = await app.db.tx(() => rows.trim(30, 3));
  expect(steps).toEqual([[3, 1003], [3, 1006], [1, 1007], [0, 1007]]); // oxfmt-ignore

  const late = await buildUser(app, 'late');
  await app.db.query('INSERT INTO user_streams (user_id, last_seq) VALUES ($1, 5100)', [late.id]);
  await app.db.query(
    `INSERT INTO user_events (user_id, seq, type, data, created_at)
     SELECT $1, n, 'x', '{}', now() - interval '40 days' + n * interval '1 second' FROM generate_series(1, 5100) n`,
    [late.id],
  );
  const streams = app.get(Streams) as unknown as { trimSome(): Promise<number> };
  expect(await app.db.tx(() => streams.trimSome())).toBe(5000);
  const told = async (user_seq: number) => (await api(app, late).post('/sync', { user_seq })).body.user;
  expect(await told(4999)).toMatchObject({ gap: true });
  expect(await told(5000)).toMatchObject({ gap: false, events: { length: 100 } });
});

test('of a user’s own stream too, what is older than it is kept is a gap', async () => {
  const told = async (user_seq?: number) => (await api(app, ana).post('/sync', { user_seq })).body.user;
  expect(await told(0)).toEqual({ last_seq: 0, gap: false, events: [] });
  for (let n = 0; n < 3; n++) {
    await api(app, ana).post(`/users/${cid.id}/block`);
    await api(app, ana).post(`/users/${cid.id}/unblock`);
  }
  await app.db.query(`UPDATE user_events SET created_at = now() - interval '31 days' WHERE user_id = $1 AND seq <= 4`, [
    ana.id,
  ]);
  await app.get(Streams).trim();
  expect(await told(3)).toEqual({ last_seq: 6, gap: true, events: [] });
  expect(await told(4)).toMatchObject({ gap: false, events: [{ data: { user_seq: 5 } }, { data: { user_seq: 6 } }] });
  expect(await told()).toEqual({ last_seq: 6, gap: true, events: [] });
});

test('a long answer comes in parts, none of them twice', async () => {
  const chats: number[] = [];
  for (let n = 0; n < 6; n++) chats.push(await buildGroup(app, ana, [ben], `g${n}`));
  const held = Object.fromEntries(chats.map((id) => [id, 0]));
  for (const chat of chats) for (let n = 0; n < 3; n++) await send(ana, chat, `${n}`);
  const seen: number[] = [];
  let asked: object = { chats: held, limit: 7 };
  for (let more = true; more;) {
    const { body } = await api(app, ben).post('/sync', asked);
    expect(body.chats.length).toBeLessThanOrEqual(2);
    seen.push(...body.chats.map((chat: { chat_id: number }) => chat.chat_id));
    asked = { cursor: body.cursor, limit: 7 };
    more = body.more;
  }
  expect(seen).toEqual(chats);
});

test('receipts of very many come in parts too, none of them left out, his own first', async () => {
  const chat = await buildGroup(app, ana, [ben]);
  const { cursor } = (await api(app, ana).get('/sync')).body;
  const crowd = await app.db.query<{ id: string }>(
    `INSERT INTO users (id, tenant_id, username, email, password_hash)
     SELECT gen_random_uuid(), 'default', 'crowd_' || n, 'crowd_' || n || '@example.org', 'x' FROM generate_series(1, 2100) n RETURNING id`,
  );
  await app.db.query(
    `INSERT INTO chat_participants (chat_id, user_id, last_delivered_seq, marked_at)
     SELECT $1, id, 1, now() - n * interval '1 ms' FROM unnest($2::uuid[]) WITH ORDINALITY AS u (id, n)`,
    [chat, crowd.map(({ id }) => id)],
  );
  await send(ana, chat, 'hello');
  const seen: string[] = [];
  let [asked, answers] = [cursor as string, 0];
  for (let more = true; more; answers++) {
    const { body } = await api(app, ana).post('/sync', { cursor: asked });
    seen.push(...body.marks.map((mark: { user_id: string }) => mark.user_id));
    ({ more, cursor: asked } = body);
  }
  expect(answers).toBe(2);
  expect(seen[0]).toBe(ana.id);
  expect(new Set(seen)).toEqual(new Set([ana.id, ...crowd.map(({ id }) => id)]));
  expect(seen).toHaveLength(2101);
});

test('what is forgotten while it is asked for is a gap', async () => {
  const chat = await buildGroup(app, ana, [ben]);
  const { id } = await send(ana, chat, 'one');
  const { last_seq: held } = (await api(app, ben).get(`/chats/${chat}`)).body;
  await api(app, ana).put(`/messages/${id}/reactions`, { emojis: ['👍'] });
  await send(ana, chat, 'two');
  await app.db.query(`UPDATE chat_changes SET created_at = now() - interval '31 days' WHERE chat_id = $1`, [chat]);
  const sync = app.get(SyncService) as unknown as { rows: Pick<SyncRepository, 'changes'>; trim(): Promise<void> };
  const { rows } = sync;
  sync.rows = Object.assign(Object.create(rows) as SyncRepository, {
    changes: async (...asked: Parameters<SyncRepository['changes']>) => {
      await sync.trim();
      return rows.changes(...asked);
    },
  });
  const { body } = await api(app, ben).post('/sync', { chats: { [chat]: held } });
  sync.rows = rows;
  expect(body.chats).toMatchObject([{ chat_id: chat, gap: true, chat: { id: chat }, events: [], last_seq: held + 2 }]);
});

test('chats that were left, or never were his, are to be dropped; nothing of them is told', async () => {
  const foreign = await buildGroup(app, ana, [cid]);
  await send(ana, foreign, 'secret');
  const { body } = await api(app, ben).post('/sync', { chats: { [foreign]: 0 } });
  expect(body).toMatchObject({ chats: [], left: [foreign] });
});

test('what is asked wrongly is refused', async () => {
  const post = async (body: object) => (await api(app, ben).post('/sync', body)).status;
  const packed = (held: object) => deflateRawSync(JSON.stringify(held)).toString('base64url');
  // a time that there is not, which PostgreSQL would be asked for together with what others ask
  for (const held of [
    { c: [], m: Number.MAX_SAFE_INTEGER },
    { c: [], m: 1, p: [true, 1, Number.MAX_SAFE_INTEGER] },
  ])
    expect(await post({ cursor: packed(held) })).toBe(422);
  for (const cursor of ['x', 'a'.repeat(100), Buffer.alloc(2000).toString('base64url'), '\u0000'])
    expect(await post({ cursor })).toBe(422);
  for (const chats of [{ a: 1 }, { '-1': 1 }, { 1: -1 }, { 1: 1.5 }, [1], { '99999999999999999999': 1 }])
    expect(await post({ chats })).toBe(422);
  expect(await post({ chats: JSON.parse('{"__proto__": 1, "9007199254740991": 1}') })).toBeLessThan(500);
  expect((await api(app, ben).get('/sync?cursor=x')).status).toBe(422);
  expect((await api(app).get('/sync')).status).toBe(401);
});

test('takes as many statements for many chats as for few', async () => {
  const one = await buildGroup(app, ana, [ben]);
  const many = [one];
  for (let n = 0; n < 20; n++) many.push(await buildGroup(app, ana, [ben], `g${n}`));
  for (const chat of many) await send(ana, chat, 'x');
  await app.settle();
  const sync = (chats: number[]) =>
    countQueries(app, () => api(app, ben).post('/sync', { chats: Object.fromEntries(chats.map((id) => [id, 0])) }));
  expect(await sync(many)).toBeLessThanOrEqual((await sync(many.slice(0, 1))) + 1);
});
