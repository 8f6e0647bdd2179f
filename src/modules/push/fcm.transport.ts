import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Credential } from 'firebase-admin/app';
import { Agent } from 'node:https';
import { readServiceAccount, type ServiceAccount } from 'src/config/credentials';
import { ENV, type Env } from 'src/config/env';
import { outcomeOfAnswer } from 'src/modules/push/fcm.answer';
import { toFcmMessage } from 'src/modules/push/fcm.message';
import { LONGEST_REQUEST_MS, Pace } from 'src/modules/push/pace';
import { post, retryAfterMs } from 'src/modules/push/provider-request';
import { PushTransport, type Outcome, type Parcel } from 'src/modules/push/push.transport';

const HOST = 'fcm.googleapis.com';
const CONNECTIONS = 100;
/** An access token is not used in its last minutes. */
const SPARE_MS = 300_000;

/**
 * Firebase Cloud Messaging, HTTP v1. Google's SDK makes the access tokens; the messages are sent here, for the SDK hides `Retry-After`,
 * and sends up to five times by itself, for more than a minute, what may have come the first time.
 */
@Injectable()
export class FcmTransport extends PushTransport implements OnApplicationShutdown {
  private readonly account?: ServiceAccount;
  private readonly url: string;
  private readonly timeoutMs: number;
  private readonly pace = new Pace(CONNECTIONS);
  private readonly agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  private credential?: Promise<Credential>;
  private access?: Promise<{ token: string; until: number }>;

  constructor(@Inject(ENV) env: Pick<Env, 'FCM_SERVICE_ACCOUNT' | 'FCM_PROJECT_ID' | 'PUSH_TIMEOUT_MS'>) {
    super();
    this.account = env.FCM_SERVICE_ACCOUNT === undefined ? undefined : readServiceAccount(env.FCM_SERVICE_ACCOUNT);
    this.url = `https://${HOST}/v1/projects/${env.FCM_PROJECT_ID ?? this.account?.project_id}/messages:send`;
    this.timeoutMs = Math.min(env.PUSH_TIMEOUT_MS, LONGEST_REQUEST_MS);
  }

  get isConfigured(): boolean {
    return this.account !== undefined;
  }

  override send(parcels: Parcel[]): Promise<Outcome[]> {
    return this.pace.send(
      parcels,
      () => HOST,
      (parcel) => this.sendOne(parcel),
    );
  }

  onApplicationShutdown() {
    this.agent.destroy();
  }

  private async sendOne({ token, content }: Parcel): Promise<Outcome> {
    try {
      const body = JSON.stringify({ message: toFcmMessage(token, content) });
      const headers = { authorization: `Bearer ${await this.accessToken()}` };
      const answer = await post(this.url, body, { agent: this.agent, headers, timeoutMs: this.timeoutMs });
      if (answer.status === 401) this.access = undefined;
      const afterMs = retryAfterMs(answer.retryAfter);
      const outcome = outcomeOfAnswer(answer.status, answer.body);
      if (outcome.is !== 'later') return outcome;
      if (afterMs !== undefined) this.pace.pause(HOST, afterMs);
      return { ...outcome, afterMs };
    } catch (error) {
      return { is: 'later', why: (error as Error).message };
    }
  }

  /** One for all, until shortly before its end. */
  private async accessToken(): Promise<string> {
    this.access ??= this.newAccess();
    const asked = this.access;
    try {
      const { token, until } = await asked;
      if (performance.now() < until) return token;
    } catch (error) {
      if (this.access === asked) this.access = undefined;
      throw error;
    }
    if (this.access === asked) this.access = undefined;
    return this.accessToken();
  }

  private async newAccess() {
    const { access_token: token, expires_in: seconds } = await (await this.open()).getAccessToken();
    return { token, until: performance.now() + Math.max(seconds * 1000 - SPARE_MS, SPARE_MS) };
  }

  /** Loaded with the first push: it takes a while, and memory that a Muster without FCM has better uses for. */
  private open(): Promise<Credential> {
    const { project_id: projectId, client_email: clientEmail, private_key: privateKey } = this.account!;
    this.credential ??= import('firebase-admin/app').then(({ cert }) => cert({ projectId, clientEmail, privateKey }));
    return this.credential;
  }
}
