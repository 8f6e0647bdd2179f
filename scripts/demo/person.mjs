import { setTimeout as pause } from 'node:timers/promises';
import { io } from 'socket.io-client';
import { Failure } from '../lib/failure.mjs';

const PREFIX = '/api/v1';
const ANSWER_PATIENCE_MS = 15_000;
/** Longest wait that a rate limit may ask of us, and how often. */
const LONGEST_WAIT_S = 60;
const ATTEMPTS = 5;

/** One person and the client in his hand: REST and one Socket.IO connection, as any client of Muster has them. */
export class Person {
  #url;
  #fail;
  #tokens;
  #renewal;
  #socket;
  #work = Promise.resolve();
  #waiting = 0;
  online = false;

  /** `fail(error)` is told of what goes wrong while nobody waits for it. */
  constructor(name, url, fail) {
    this.name = name;
    this.#url = url;
    this.#fail = fail;
  }

  /** A new account, whose names end in `suffix`. */
  async signUp(suffix) {
    this.username = `${this.name.toLowerCase()}_${suffix}`;
    const account = {
      email: `${this.username}@demo.example`,
      username: this.username,
      password: crypto.randomUUID(),
      display_name: this.name,
    };
    const { user, ...tokens } = await this.call('POST', '/register', account);
    this.id = user.id;
    this.#tokens = tokens;
  }

  /** The body of the answer to a request over REST. Throws `Failure` if it is refused. */
  async call(method, path, body) {
    const what = `${method} ${path}`;
    return this.#patiently(what, async () => {
      const response = await this.#fetch(method, path, body).catch((error) => {
        throw new Failure(`${this.name}: ${what} got no answer: ${error.cause?.message ?? error.message}`);
      });
      const answer = response.status === 204 ? undefined : await response.json();
      if (response.ok) return { data: answer };
      return {
        error: { ...answer, retryAfter: retryAfter(response.status === 429, response.headers.get('retry-after')) },
      };
    });
  }

  /** The data of the acknowledgement of a request over the socket. Throws `Failure` if it is refused. */
  async ask(event, body) {
    return this.#patiently(event, async () => {
      const reply = await this.#socket
        .timeout(ANSWER_PATIENCE_MS)
        .emitWithAck(event, body)
        .catch(() => {
          throw new Failure(`${this.name}: ${event} was not acknowledged within ${ANSWER_PATIENCE_MS / 1000} s.`);
        });
      if (reply.ok) return { data: reply.data };
      const { code, message, params } = reply.error;
      return { error: { code, message, retryAfter: retryAfter(code === 'rate_limit.exceeded', params.retry_after) } };
    });
  }

  /** Opens the connection, with `handlers` by the name of the push; resolves when the server has joined all rooms. */
  async connect(handlers) {
    const socket = io(this.#url, {
      auth: { token: this.#tokens.access_token },
      transports: ['websocket'],
      reconnection: false,
      forceNew: true,
    });
    this.#socket = socket;
    for (const [name, handle] of Object.entries(handlers)) socket.on(name, handle);
    socket.on('disconnect', (reason) => {
      if (this.online) this.#fail(new Failure(`${this.name}: the connection was lost: ${reason}.`));
      this.online = false;
    });
    await new Promise((resolve, reject) => {
      const refuse = (reason) => reject(new Failure(`${this.name} could not connect: ${reason}`));
      const alarm = setTimeout(() => refuse('no answer'), ANSWER_PATIENCE_MS);
      socket.once('connect_error', (error) => refuse(error.data?.message ?? error.message));
      socket.once('connection_established', () => {
        clearTimeout(alarm);
        resolve();
      });
    });
    this.online = true;
  }

  /** Does things one after the other, apart from what else this person does. */
  later(work) {
    this.#waiting++;
    this.#work = this.#work
      .then(work)
      .catch(this.#fail)
      .finally(() => this.#waiting--);
  }

  get busy() {
    return this.#waiting > 0;
  }

  leave() {
    this.online = false;
    this.#socket?.disconnect();
  }

  async #fetch(method, path, body) {
    const token = this.#tokens?.access_token;
    const response = await request(method, this.#url + PREFIX + path, body, token);
    if (response.status !== 401 || !token) return response;
    if (token === this.#tokens.access_token) this.#renewal ??= this.#renew().finally(() => (this.#renewal = undefined));
    await this.#renewal;
    return request(method, this.#url + PREFIX + path, body, this.#tokens.access_token);
  }

  /** A refresh token is good for one exchange, so only one runs at a time. */
  async #renew() {
    const { refresh_token } = this.#tokens;
    const response = await request('POST', `${this.#url}${PREFIX}/refresh-token`, { refresh_token });
    if (!response.ok) throw new Failure(`${this.name}: the session could not be renewed: ${response.status}`);
    this.#tokens = await response.json();
  }

  /** Asks again when a rate limit says how long to wait. `attempt` gives `{ data }` or `{ error }`. */
  async #patiently(what, attempt) {
    for (let attempts = 1; ; attempts++) {
      const { data, error } = await attempt();
      if (!error) return data;
      if (error.retryAfter === undefined || error.retryAfter > LONGEST_WAIT_S || attempts === ATTEMPTS)
        throw new Failure(`${this.name}: ${what} was refused: ${error.code}: ${error.message}`);
      await pause(error.retryAfter * 1000);
    }
  }
}

const request = (method, address, body, token) =>
  fetch(address, {
    method,
    headers: {
      ...(body && { 'content-type': 'application/json' }),
      ...(token && { authorization: `Bearer ${token}` }),
    },
    body: body && JSON.stringify(body),
    signal: AbortSignal.timeout(ANSWER_PATIENCE_MS),
  });

const retryAfter = (limited, seconds) => (limited ? Number(seconds ?? 1) : undefined);
