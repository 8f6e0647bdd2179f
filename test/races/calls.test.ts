import { CallsService } from 'src/modules/calls/calls.service';
import { DeparturesService } from 'src/modules/calls/departures.service';
import { DiallingService } from 'src/modules/calls/dialling.service';
import { anotherDevice, dial } from 'test/factories/calls';
import { buildGroup, buildPrivateChat } from 'test/factories/chats';
import { buildUsers, type TestUser } from 'test/factories/users';
import { race, waiting, whileLocked, type Lock } from 'test/support/barrier';
import { boot, type TestApp } from 'test/support/boot';
import { api, type Reply } from 'test/support/http';
import { connect } from 'test/support/socket';
import { meanwhile } from 'test/support/meanwhile';
import { until } from 'test/support/until';

// Each race is run with a barrier: all racers wait for one lock when it is let go. Half of them go through another node.

let app: TestApp, node: TestApp;
beforeAll(async () => {
  app = await boot();
  node = await boot({ beside: app, roles: ['api'] });
});
afterAll(async () => {
  await node.close();
  await app.close();
});

const TIMES = 2;
const people = <Names extends string[]>(...names: Names) =>
  buildUsers(app, ...names) as Promise<[TestUser, TestUser, TestUser]>;
const post = (on: TestApp, user: TestUser, path: string, body: object = {}): Promise<Reply> =>
  api(on, user).post(`/video-calls/${path}`, body);
const callOf = async (user: TestUser, id: number) => (await api(app, user).get(`/video-calls/${id}`)).body;
const theCall = (id: number) => ({ sql: 'SELECT FROM video_calls WHERE id = $1 FOR UPDATE', parameters: [id] });
const theUser = ({ id }: TestUser) => ({
  sql: `SELECT pg_advisory_xact_lock(hashtextextended('call:' || $1::text, 0))`,
  parameters: [id],
});
const statuses = (replies: Reply[]) => replies.map(({ status }) => status).sort();
const codes = (replies: Reply[]) => replies.flatMap(({ body }) => (body.code as string | undefined) ?? []);

/** What the database says of a call must be one story; and nobody is engaged in what is over. */
async function expectOneStory(id: number) {
  const [row] = await app.db.query<{ status: string; is_group: boolean; ended: boolean; engaged: number; joined: number; logged: number; parts: number }>(
    `SELECT c.status, c.is_group, c.ended_at IS NOT NULL AS ended, count(*)::int AS parts,
       count(*) FILTER (WHERE p.status IN ('invited', 'ringing', 'joined'))::int AS engaged,
       count(*) FILTER (WHERE p.status = 'joined')::int AS joined,
       (SELECT count(*)::int FROM user_events e WHERE e.type = 'call_logged' AND (e.data ->> 'call_id')::bigint = c.id) AS logged
     FROM video_calls c JOIN call_participants p ON p.call_id = c.id WHERE c.id = $1 GROUP BY c.id`,
    [id],
  ); // oxfmt-ignore
  const isOver = !['initiated', 'ringing', 'ongoing'].includes(row!.status);
  expect({ ...row, ended: isOver, engaged: isOver ? 0 : row!.engaged, logged: isOver ? row!.parts : 0 }).toEqual(row);
  if (row!.status === 'ongoing') expect(row!.joined).toBeGreaterThan(row!.is_group ? 0 : 1);
}

test('answered on two devices at once: one is in, the other is told', async () => {
  for (let time = 0; time < TIMES; time++) {
    const [ana, ben] = await people('ana', 'ben');
    const tablet = await anotherDevice(app, ben);
    const { id } = (await dial(app, ana, ben)).body;
    const [phones, tablets] = [await connect(app, ben), await connect(node, tablet)];
    const replies = await race(app, theCall(id), [
      () => post(app, ben, `${id}/answer`),
      () => post(node, tablet, `${id}/answer`),
    ]);
    expect(statuses(replies)).toEqual([200, 409]);
    expect(codes(replies)).toEqual(['call.answered_elsewhere']);
    const [winner, loser] = replies[0]!.status === 200 ? [phones, tablets] : [tablets, phones];
    expect(await loser.next('call_ended')).toMatchObject({ end_reason: 'answered_elsewhere' });
    expect(winner.all('call_ended')).toEqual([]);
    await expectOneStory(id);
    [phones, tablets].forEach((socket) => socket.close());
  }
});

test('answered and cancelled at once: either there was a call, or there was none', async () => {
  for (let time = 0; time < TIMES; time++) {
    const [ana, ben] = await people('ana', 'ben');
    const { id } = (await dial(app, ana, ben)).body;
    const racers = [() => post(app, ben, `${id}/answer`), () => post(node, ana, `${id}/end`)];
    const replies = await race(app, theCall(id), time % 2 ? racers : racers.toReversed());
    const [answer, end] = time % 2 ? replies : replies.toReversed();
    expect(end!.status).toBe(200);
    if (answer!.status === 200) expect([answer!.body.status, end!.body.status]).toEqual(['ongoing', 'ended']);
    else expect([answer!.body.code, end!.body.status]).toEqual(['call.over', 'cancelled']);
    expect((await callOf(ben, id)).status).toBe(end!.body.status);
    await expectOneStory(id);
  }
});

test('answered when the time is up: either in time or too late', async () => {
  for (let time = 0; time < TIMES; time++) {
    const [ana, ben] = await people('ana', 'ben');
    const { id } = (await dial(app, ana, ben)).body;
    await app.db.query('UPDATE call_participants SET rings_until = now() WHERE call_id = $1', [id]);
    const [answer] = await race<Reply | undefined>(app, theCall(id), [
      () => post(node, ben, `${id}/answer`),
      () =>
        node
          .get(DeparturesService)
          .timeOut(id)
          .then(() => undefined),
    ]);
    const { status } = await callOf(ana, id);
    expect(status).toBe(answer!.status === 200 ? 'ongoing' : 'missed');
    await expectOneStory(id);
  }
});

test('answered on one device and declined on another at once: what came first holds', async () => {
  for (let time = 0; time < TIMES; time++) {
    const [ana, ben] = await people('ana', 'ben');
    const tablet = await anotherDevice(app, ben);
    const { id } = (await dial(app, ana, ben)).body;
    const [answer, decline] = await race(app, theCall(id), [
      () => post(app, ben, `${id}/answer`),
      () => post(node, tablet, `${id}/decline`),
    ]);
    const { status } = await callOf(ana, id);
    if (status === 'ongoing') expect([answer!.status, decline!.body.code]).toEqual([200, 'call.answered_elsewhere']);
    else expect([status, answer!.body.code, decline!.status]).toEqual(['declined', 'call.over', 200]);
    await expectOneStory(id);
  }
});

test('both call each other at once: they are in one call', async () => {
  for (let time = 0; time < TIMES; time++) {
    const [ana, ben] = await people('ana', 'ben');
    const calls = await race(app, theUser(time % 2 ? ana : ben), [
      () => dial(app, ana, ben),
      () => dial(node, ben, ana),
    ]);
    expect(statuses(calls)).toEqual([200, 201]);
    expect(calls[0]!.body.id).toBe(calls[1]!.body.id);
    expect((await callOf(ana, calls[0]!.body.id)).status).toBe('ongoing');
    expect((await api(app, ana).get('/video-calls/history')).body.calls).toHaveLength(1);
    await expectOneStory(calls[0]!.body.id);
  }
});

test('ended twice at once: it ends once, and both are told how', async () => {
  for (let time = 0; time < TIMES; time++) {
    const [ana, ben] = await people('ana', 'ben');
    const { id } = (await dial(app, ana, ben)).body;
    await post(app, ben, `${id}/answer`);
    const bens = await connect(node, ben);
    const ends = await race(app, theCall(id), [() => post(app, ana, `${id}/end`), () => post(node, ben, `${id}/end`)]);
    expect(statuses(ends)).toEqual([200, 200]);
    expect(ends[0]!.body).toEqual(ends[1]!.body);
    await bens.next('call_logged');
    await app.settle();
    expect(bens.all('call_ended')).toHaveLength(1);
    await expectOneStory(id);
    bens.close();
  }
});

test('called again while the call before ends, or while one leaves it: it is a new call', async () => {
  const [ana, ben, eve] = await people('ana', 'ben', 'eve');
  const { id } = (await dial(app, ana, ben)).body;
  const again = await race(app, theCall(id), [() => post(node, ben, `${id}/decline`), () => dial(app, ana, ben)]);
  expect(again).toMatchObject([{ status: 200 }, { status: 201 }]);
  const next = again[1]!.body.id;
  await post(app, ana, `${next}/end`);

  const chat = await buildGroup(app, ana, [ben, eve]);
  const { id: group } = (await post(app, ana, 'initiate', { chat_id: chat })).body;
  await post(app, ben, `${group}/answer`);
  await post(app, eve, `${group}/answer`);
  const left = await race(app, theCall(group), [() => post(node, ana, `${group}/end`), () => dial(app, ana, ben)]);
  expect(left).toMatchObject([{ status: 200 }, { status: 201, body: { status: 'busy' } }]);
  for (const call of [id, next, group, left[1]!.body.id]) await expectOneStory(call);
});

test('called by two at once: it rings for one, and is busy for the other', async () => {
  for (let time = 0; time < TIMES; time++) {
    const [ana, ben, eve] = await people('ana', 'ben', 'eve');
    const calls = await race(app, theUser(ben), [() => dial(app, ana, ben), () => dial(node, eve, ben)]);
    expect(calls.map(({ body }) => body.status).sort()).toEqual(['busy', 'initiated']);
    for (const { body } of calls) await expectOneStory(body.id);
  }
});

test('calling and being called at once: nobody is in two calls', async () => {
  for (let time = 0; time < TIMES; time++) {
    const [ana, ben, eve] = await people('ana', 'ben', 'eve');
    const [toBen, byBen] = await race(app, theUser(ben), [() => dial(app, ana, ben), () => dial(node, ben, eve)]);
    if (byBen!.status === 201) expect([toBen!.body.status, byBen!.body.status]).toEqual(['busy', 'initiated']);
    else expect([toBen!.body.status, codes([byBen!])]).toEqual(['initiated', ['call.already_in_call']]);
  }
});

describe('called, and parted at that moment', () => {
  const block = (user: TestUser, other: TestUser) =>
    api(app, user).post('/settings/privacy/block', { user_id: other.id });
  const remove = (user: TestUser, other: TestUser, chat: number) =>
    api(app, user).delete(`/chats/${chat}/participants/${other.id}`);
  /** Calls; when that waits for the lock, does something else; then lets go. */
  const callMeanwhile = async (lock: Lock, call: () => Promise<Reply>, act: () => Promise<unknown>) => {
    let calling: Promise<Reply> | undefined;
    await whileLocked(app, lock, async () => {
      calling = call();
      await until('it waits', async () => (await waiting(app)) >= 1);
      await act();
    });
    return calling!;
  };
  /** The worker has dealt with what was done, or waits for the call too. */
  const isSeenTo = async (handler: string) => {
    await until('it is seen to', async () => {
      const left = await app.db.query('SELECT FROM outbox WHERE handler LIKE $1', [`CallsWorkers%${handler}`]);
      return !left.length || (await waiting(app)) >= 2;
    });
  };
  const theRow = (table: string, id: unknown) => ({
    sql: `SELECT FROM ${table} WHERE id = $1 FOR UPDATE`,
    parameters: [id],
  });

  test('it does not ring for who has just blocked the caller, nor for who has just been put out', async () => {
    const [ana, ben, eve] = await people('ana', 'ben', 'eve');
    const chat = await buildGroup(app, eve, [ana, ben]);
    const call = await callMeanwhile(
      theUser(ben),
      () => dial(node, ana, ben),
      () => block(ben, ana),
    );
    expect(call).toMatchObject({ status: 403, body: { code: 'call.not_permitted' } });
    const grouped = await callMeanwhile(
      theUser(eve),
      () => dial(node, eve, { chat_id: chat }),
      () => remove(eve, ben, chat),
    );
    expect(grouped.body.participants.map(({ user_id }: { user_id: string }) => user_id)).toEqual([eve.id, ana.id]);
  });

  test('it is over for them if it had begun to be made', async () => {
    const [ana, ben, eve] = await people('ana', 'ben', 'eve');
    const chat = await buildPrivateChat(app, ana, ben);
    const { body } = await callMeanwhile(
      theRow('chats', chat),
      () => dial(node, ana, ben),
      async () => {
        await block(ben, ana);
        await isSeenTo('endBetween');
      },
    );
    await app.settle();
    expect(await callOf(ana, body.id)).toMatchObject({ end_reason: 'blocked' });
    await expectOneStory(body.id);

    const group = await buildGroup(app, eve, [ana, ben]);
    const { body: grouped } = await callMeanwhile(
      theRow('users', ana.id),
      () => dial(node, ana, { chat_id: group, callee_ids: [eve.id] }),
      async () => {
        await remove(eve, ana, group);
        await isSeenTo('leaveChat');
      },
    );
    await app.settle();
    expect(await callOf(eve, grouped.id)).toMatchObject({ end_reason: 'removed' });
    await expectOneStory(grouped.id);
  });

  test('a block that does not stand any more ends nothing, however late it is heard of', async () => {
    const [ana, ben] = await people('ana', 'ben');
    await block(ben, ana);
    await api(app, ben).post('/settings/privacy/unblock', { user_id: ana.id });
    await app.settle();
    const { id } = (await dial(app, ana, ben)).body;
    await app.get(DeparturesService).endBetween(ben.id, ana.id);
    expect((await callOf(ana, id)).status).toBe('initiated');
  });
});

test('who comes in, or calls, while his session ends or his account does, does not stay', async () => {
  const [ana, ben] = await people('ana', 'ben');
  const { id } = (await dial(app, ana, ben)).body;
  /** Something holds the user's lock and waits for another; then he is to be taken out, which waits too. */
  const meanwhile = async (user: TestUser, lock: Lock, act: () => Promise<Reply>, takeOut: () => Promise<void>) => {
    const running: [Promise<Reply>?, Promise<void>?] = [];
    await whileLocked(app, lock, async () => {
      running[0] = act();
      const isHeld = `SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted
        AND (classid::bigint << 32) | objid::bigint = hashtextextended('call:' || $1::text, 0)`;
      await until('he is at it', async () => (await app.db.query(isHeld, [user.id])).length > 0);
      running[1] = takeOut();
      await until('both wait', async () => (await waiting(app)) >= 2);
    });
    await running[1];
    return (await running[0])!;
  };
  const departures = app.get(DeparturesService);
  const answer = await meanwhile(
    ben,
    theCall(id),
    () => post(node, ben, `${id}/answer`),
    async () => {
      const [session] = await app.db.query<{ id: string }>('SELECT id FROM sessions WHERE user_id = $1', [ben.id]);
      await departures.leaveWith(session!.id);
    },
  );
  expect(answer.status).toBe(200);
  expect((await callOf(ana, id)).status).toBe('ended');

  const call = await meanwhile(
    ana,
    { sql: 'SELECT FROM users WHERE id = $1 FOR UPDATE', parameters: [ana.id] },
    () => dial(node, ana, ben),
    () => departures.leaveAll(ana.id),
  );
  expect((await callOf(ben, call.body.id)).status).toBe('cancelled');
});

test('who comes in, or calls, when his session has just ended does not come in', async () => {
  const [ana, ben, cid] = await people('ana', 'ben', 'cid');
  const { id } = (await dial(app, ana, ben)).body;
  const signOut = async (user: TestUser) => {
    expect((await api(app, user).post('/logout')).status).toBeLessThan(300);
    await app.settle();
  };
  meanwhile(node.get(CallsService), 'calls', 'byId', () => signOut(ben));
  expect((await post(node, ben, `${id}/answer`)).status).toBe(401);
  meanwhile(node.get(DiallingService), 'targets', 'of', () => signOut(cid));
  expect((await dial(node, cid, ben)).status).toBe(401);
  const sql = `SELECT FROM call_participants WHERE user_id = ANY($1) AND status = 'joined'`;
  expect(await app.db.query(sql, [[ben.id, cid.id]])).toEqual([]);
});

test('a storm of everything: whatever is tried, each call is one story, and nobody is in two', async () => {
  const four = [...(await people('ana', 'ben', 'eve')), (await people('joe'))[0]];
  const known: number[] = [];
  let seed = 7;
  const random = (below: number) => (seed = (seed * 48_271) % 2_147_483_647) % below;
  const step = async () => {
    const [one, on] = [four[random(4)]!, random(2) ? app : node];
    const others = four.filter((other) => other !== one);
    const id = known.at(-1 - random(3)) ?? 0;
    const acts = [
      async () => {
        const { body } = await dial(on, one, random(2) ? others[random(3)]! : { callee_ids: others.map((o) => o.id) });
        if (body.id && !known.includes(body.id)) known.push(body.id);
        return body;
      },
      ...['answer', 'answer', 'join', 'ringing', 'decline', 'end', 'end', 'end', 'end'].map((what) => async () => (await post(on, one, `${id}/${what}`)).body), // oxfmt-ignore
      async () => (await post(on, one, `${id}/participants`, { user_ids: [others[random(3)]!.id] })).body,
    ];
    const body = await acts[random(acts.length)]!();
    expect(['internal', 'unavailable']).not.toContain(body.code);
  };
  for (let round = 0; round < 25; round++) await Promise.all(Array.from({ length: 6 }, step));
  expect(known.length).toBeGreaterThan(5);
  await app.settle();
  for (const id of known) await expectOneStory(id);
});
