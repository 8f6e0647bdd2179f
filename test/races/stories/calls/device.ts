import type { PushBody, RequestName } from 'src/contracts';
import type { ActiveCallsView, CallPartView } from 'src/modules/calls/calls.dto';
import type { TestUser } from 'test/factories/users';
import type { TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { connect, type TestSocket } from 'test/support/socket';

type Active = ActiveCallsView['calls'][number];
/** Of a reply, what tells how it stands with a call. */
interface Answer {
  id?: number;
  code?: string;
  uid?: number | null;
  participants?: CallPartView[];
}

const isWaiting = (status: string) => status === 'invited' || status === 'ringing';

/** A client as docs/calls.md has it: of calls it knows what it was told by pushes, by replies, and on connecting by `GET /active`. */
export class CallDevice {
  socket: TestSocket | undefined;
  private readonly ringing = new Set<number>();
  private inCall: number | null = null;
  /** Who is in that call, and whether his microphone is off. */
  private readonly people = new Map<string, boolean>();
  /** What was heard while a request was under way, and the calls that were said to be over. */
  private meanwhile: [name: string, body: never][] = [];
  private readonly endings = new Set<number>();

  constructor(readonly user: TestUser) {}

  get session(): string {
    return (JSON.parse(Buffer.from(this.user.token.split('.')[1]!, 'base64url').toString()) as { sid: string }).sid;
  }

  /** What is on its screen. */
  get screen() {
    const people = [...this.people].map(([userId, isMuted]) => `${userId} ${isMuted}`).sort();
    return { rings: [...this.ringing].sort(), inCall: this.inCall, people };
  }

  async connect(node: TestApp) {
    const socket = await connect(node, this.user);
    this.socket = socket;
    socket.raw.onAny((name: string, body: unknown) => this.socket === socket && this.hear(name, body as never));
    const calls = await this.active(node);
    this.ringing.clear();
    for (const { id, my_status } of calls) if (isWaiting(my_status)) this.ringing.add(id);
    this.goOn(calls.find(({ on_this_device }) => on_this_device));
  }

  drop() {
    this.socket?.close();
    this.socket = undefined;
  }

  /** Asks by socket, or over HTTP where it has none, or by the way named. */
  async ask(node: TestApp, name: RequestName, path: string, body: { call_id?: number } & object): Promise<Answer> {
    this.endings.clear();
    this.meanwhile = [];
    const answer = await this.askBy(node, name, path, body);
    const { id, uid } = answer;
    if (id === undefined) return answer;
    if (name === 'call_ended' || name === 'call_declined') this.leave(id);
    if (typeof uid !== 'number') return answer;
    if (!this.endings.has(id)) {
      this.goOn(answer as Active);
      this.meanwhile.splice(0).forEach(([heard, of]) => this.hear(heard, of));
    }
    // of what it came for only the server can say: of how it stood before, or of how it stands now
    else this.goOn((await this.active(node)).find((call) => call.id === id && call.on_this_device));
    return answer;
  }

  private async askBy(node: TestApp, name: RequestName, path: string, body: object): Promise<Answer> {
    if (this.socket?.raw.connected) {
      const { data, error } = await this.socket.ask(name, body);
      return (data ?? error) as Answer;
    }
    return (await api(node, this.user).post(`/video-calls/${path}`, body)).body as Answer;
  }

  private async active(node: TestApp): Promise<Active[]> {
    return ((await api(node, this.user).get('/video-calls/active')).body as ActiveCallsView).calls;
  }

  private hear(name: string, body: never) {
    if (name.startsWith('call_participant_')) this.meanwhile.push([name, body]);
    if (name === 'call_initiated') this.ringing.add((body as PushBody<'call_initiated'>).id);
    if (name === 'call_ended' || name === 'call_missed') {
      const { call_id: id } = body as PushBody<'call_ended' | 'call_missed'>;
      this.endings.add(id);
      this.leave(id);
    }
    if (name === 'call_participant_joined' || name === 'call_participant_updated') {
      const { call_id, participant } = body as PushBody<'call_participant_joined'>;
      if (call_id === this.inCall) this.people.set(participant.user_id, participant.is_muted);
    }
    if (name === 'call_participant_left') {
      const { call_id, user_id } = body as PushBody<'call_participant_left'>;
      if (call_id === this.inCall) this.people.delete(user_id);
    }
  }

  private goOn(call: Pick<Active, 'id' | 'participants'> | undefined) {
    this.people.clear();
    this.inCall = call?.id ?? null;
    if (!call) return;
    this.ringing.delete(call.id);
    for (const { user_id, status, is_muted } of call.participants)
      if (status === 'joined') this.people.set(user_id, is_muted);
  }

  private leave(callId: number) {
    this.ringing.delete(callId);
    if (this.inCall === callId) this.goOn(undefined);
  }
}
