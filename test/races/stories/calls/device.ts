import type { PushBody, RequestName } from 'src/contracts';
import type { ActiveCallsView, CallView } from 'src/modules/calls/calls.dto';
import { isWaiting } from 'src/modules/calls/calls.machine';
import type { TestUser } from 'test/factories/users';
import type { TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { connect, type TestSocket } from 'test/support/socket';

/** Of a reply, what tells how it stands with a call. */
interface Answer extends Partial<Pick<CallView, 'id' | 'revision' | 'participants'>> {
  code?: string;
  uid?: number | null;
  on_this_device?: boolean;
}

/** A client as docs/calls.md has it: of calls it knows what it was told by pushes, by replies, and on connecting by `GET /active`. */
export class CallDevice {
  socket: TestSocket | undefined;
  /** Call → how it stands with it here. */
  private readonly calls = new Latest<number, 'rings' | 'goes on' | 'over'>();
  /** Call and person → whether his microphone is off, if he is in. */
  private readonly people = new Latest<string, boolean | null>();

  constructor(readonly user: TestUser) {}

  get session(): string {
    return (JSON.parse(Buffer.from(this.user.token.split('.')[1]!, 'base64url').toString()) as { sid: string }).sid;
  }

  /** What is on its screen. */
  get screen() {
    const those = (state: string) => this.calls.all.flatMap(([id, one]) => (one === state ? [id] : [])).sort();
    const inCall = those('goes on').at(-1) ?? null;
    const people = this.people.all.flatMap(([key, isMuted]) => {
      const [call, userId] = key.split(' ');
      return Number(call) === inCall && isMuted !== null ? [`${userId} ${isMuted}`] : [];
    });
    return { rings: those('rings'), inCall, people: people.sort() };
  }

  async connect(node: TestApp) {
    const socket = await connect(node, this.user);
    this.socket = socket;
    this.calls.forget();
    this.people.forget();
    socket.heard.forEach(({ name, body }) => this.hear(name, body as never));
    socket.raw.onAny((name: string, body: unknown) => this.socket === socket && this.hear(name, body as never));
    const { body } = await api(node, this.user).get('/video-calls/active');
    (body as ActiveCallsView).calls.forEach((call) => this.learn(call));
  }

  drop() {
    this.socket?.close();
    this.socket = undefined;
  }

  /** Asks by socket, or over HTTP where it has none, or by the way named. */
  async ask(node: TestApp, name: RequestName, path: string, body: object): Promise<Answer> {
    const answer = await this.askBy(node, name, path, body);
    this.learn(answer);
    return answer;
  }

  private async askBy(node: TestApp, name: RequestName, path: string, body: object): Promise<Answer> {
    if (this.socket?.raw.connected) {
      const { data, error } = await this.socket.ask(name, body);
      return (data ?? error) as Answer;
    }
    return (await api(node, this.user).post(`/video-calls/${path}`, body)).body as Answer;
  }

  private hear(name: string, body: never) {
    if (name === 'call_initiated' || name === 'call_missed') this.learn(body);
    if (name === 'call_ended') {
      const { call_id, revision } = body as PushBody<'call_ended'>;
      this.calls.set(call_id, revision, 'over');
    }
    if (name === 'call_participant_joined' || name === 'call_participant_updated') {
      const { call_id, revision, participant } = body as PushBody<'call_participant_joined'>;
      this.people.set(`${call_id} ${participant.user_id}`, revision, participant.is_muted);
    }
    if (name === 'call_participant_left') {
      const { call_id, revision, user_id } = body as PushBody<'call_participant_left'>;
      this.people.set(`${call_id} ${user_id}`, revision, null);
    }
  }

  /** Takes in a whole call. */
  private learn({ id, revision, participants, on_this_device, uid }: Answer) {
    if (id === undefined || revision === undefined || !participants) return;
    for (const { user_id, status, is_muted } of participants)
      this.people.set(`${id} ${user_id}`, revision, status === 'joined' ? is_muted : null);
    const status = participants.find(({ user_id }) => user_id === this.user.id)?.status;
    if (status !== 'joined') this.calls.set(id, revision, status && isWaiting(status) ? 'rings' : 'over');
    // other views do not say with which device
    else if (on_this_device !== undefined || uid !== undefined)
      this.calls.set(id, revision, (on_this_device ?? uid !== null) ? 'goes on' : 'over');
  }
}

/** What is newest of each thing by the number that it was told with, in whatever order that comes. */
class Latest<Key, Value> {
  private readonly known = new Map<Key, { revision: number; value: Value }>();

  get all(): [Key, Value][] {
    return [...this.known].map(([key, { value }]) => [key, value]);
  }

  set(key: Key, revision: number, value: Value) {
    if (revision >= (this.known.get(key)?.revision ?? 0)) this.known.set(key, { revision, value });
  }

  forget() {
    this.known.clear();
  }
}
