import { jobs } from 'src/contracts';
import { Realtime } from 'src/core/realtime/realtime';
import { MOST_ABSENCES, RollCallService } from 'src/modules/calls/roll-call.service';
import { dial } from 'test/factories/calls';
import { buildUsers, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { startProcess, type NodeProcess } from 'test/support/process';
import { connect } from 'test/support/socket';
import { until } from 'test/support/until';

// Nodes in processes of their own are killed. Calls that begin at `app` ring for two seconds only.

let app: TestApp, worker: TestApp | undefined;
const started: NodeProcess[] = [];
const start = async (roles: ('api' | 'worker')[]) => {
  const node = await startProcess({ beside: app, roles, env: { CALL_RING_TIMEOUT_SECONDS: '45' } });
  started.push(node);
  return node;
};
beforeAll(async () => {
  app = await boot({ roles: ['api'], env: { CALL_RING_TIMEOUT_SECONDS: '2', JOB_LOCK_MS: '1500' } });
});
afterAll(async () => {
  await Promise.all(started.map((node) => node.kill()));
  await worker?.close();
  await app.close();
});

const people = () => buildUsers(app, 'ana', 'ben');
const callOf = async (user: TestUser, id: number) => (await api(app, user).get(`/video-calls/${id}`)).body;

test('the worker that holds the time-out is killed: another one ends the ringing', async () => {
  const [ana, ben] = await people();
  const node = await start(['worker']);
  const anas = await connect(app, ana);
  const { id } = (await dial(app, ana, ben)).body;
  await until('the time-out is handed over', async () => {
    const sql = `SELECT FROM outbox WHERE handler = 'calls.time_out' AND queued_at IS NOT NULL`;
    return (await app.db.query(sql)).length > 0;
  });
  await node.kill();
  worker = await boot({ beside: app, roles: ['worker'] });
  expect(await anas.next('call_ended')).toMatchObject({ call_id: id, status: 'missed', end_reason: 'no_answer' });
  expect(await callOf(ben, id)).toMatchObject({ status: 'missed', ended_by: null, duration: 0 });
  anas.close();
});

test('the node with the caller’s socket is killed: the call rings on, is answered, and she comes back into it', async () => {
  const [ana, ben] = await people();
  const node = await start(['api']);
  const [anas, bens] = [await connect(node, ana), await connect(app, ben)];
  const { id } = (await anas.ask('call_initiated', { callee_id: ben.id })).data;
  await bens.next('call_initiated');
  await node.kill();
  expect(await bens.ask('call_answered', { call_id: id })).toMatchObject({ ok: true, data: { status: 'ongoing' } });
  const again = await connect(app, ana);
  expect((await api(app, ana).get('/video-calls/active')).body.calls).toMatchObject([{ id, my_status: 'joined' }]);
  const signal = { type: 'candidate', candidate: null };
  expect(await again.ask('call_signal', { call_id: id, to_user_id: ben.id, signal })).toMatchObject({ ok: true });
  expect(await bens.next('call_signal')).toMatchObject({ from_user_id: ana.id });

  for (let time = 0; time < MOST_ABSENCES + 2; time++) await callRoll();
  expect((await callOf(ana, id)).status).toBe('ongoing');

  again.close();
  const [part] = await app.db.query<{ session_id: string }>(
    'SELECT session_id FROM call_participants WHERE call_id = $1 AND user_id = $2',
    [id, ana.id],
  );
  await until('she is gone', () => !app.get(Realtime).sessionsHere([part!.session_id]).length);
  for (let time = 0; time < MOST_ABSENCES; time++) await callRoll();
  expect(await bens.next('call_ended')).toMatchObject({ call_id: id, status: 'ended', end_reason: 'connection_lost' });
  bens.close();
});

test('who has vanished is out within 30 s, of a call that rings, too', async () => {
  expect(jobs['calls.roll_call'].every * MOST_ABSENCES).toBeLessThanOrEqual(25_000);
  const [ana, ben] = await people();
  const node = await start(['api']);
  const [anas, bens] = [await connect(node, ana), await connect(app, ben)];
  const { id } = (await anas.ask('call_initiated', { callee_id: ben.id })).data;
  await node.kill();
  for (let time = 0; time < MOST_ABSENCES; time++) await callRoll();
  expect(await bens.next('call_ended')).toMatchObject({ call_id: id, status: 'failed', end_reason: 'connection_lost' });
  expect(await callOf(ben, id)).toMatchObject({ participants: [{ status: 'left' }, { status: 'missed' }] });
  bens.close();
});

/** What the clock does every five seconds, now. */
async function callRoll() {
  await worker!.get(RollCallService).call();
  await app.get(RollCallService).answer();
}
