import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { ENV, type Env } from 'src/config/env';
import { publicAgent } from 'src/core/http/public-agent';
import { secondsUntil } from 'src/modules/push/fcm.message';
import { LONGEST_REQUEST_MS, Pace } from 'src/modules/push/pace';
import { retryAfterMs } from 'src/modules/push/provider-request';
import { PushTransport, type Outcome, type Parcel, type PushContent } from 'src/modules/push/push.transport';
import { Subscription } from 'src/modules/push/subscription';

const CONNECTIONS = 50;
const FOUR_WEEKS = 2_419_200;

/** Browsers, through the push services of their makers: RFC 8030, encrypted (RFC 8291), under our own key (VAPID, RFC 8292). */
@Injectable()
export class WebPushTransport extends PushTransport implements OnApplicationShutdown {
  private readonly pace = new Pace(CONNECTIONS);
  private readonly agent = publicAgent({ keepAlive: true, maxSockets: CONNECTIONS });

  constructor(
    @Inject(ENV)
    private readonly env: Pick<Env, 'VAPID_PUBLIC_KEY' | 'VAPID_PRIVATE_KEY' | 'VAPID_SUBJECT' | 'PUSH_TIMEOUT_MS'>,
  ) {
    super();
  }

  get isConfigured(): boolean {
    return this.env.VAPID_PRIVATE_KEY !== undefined;
  }

  override send(parcels: Parcel[]): Promise<Outcome[]> {
    return this.pace.send(
      parcels.map((parcel) => ({ ...parcel, subscription: Subscription.parse(JSON.parse(parcel.token)) })),
      ({ subscription }) => new URL(subscription.endpoint).host,
      ({ subscription, content }) => this.sendOne(subscription, content),
    );
  }

  onApplicationShutdown() {
    this.agent.destroy();
  }

  private async sendOne(subscription: Subscription, content: PushContent): Promise<Outcome> {
    const { VAPID_PUBLIC_KEY, VAPID_PRIVATE_KEY, VAPID_SUBJECT, PUSH_TIMEOUT_MS } = this.env;
    const { sendNotification, WebPushError } = (await import('web-push')).default;
    try {
      const { headers } = await sendNotification(subscription, JSON.stringify(toWebMessage(content)), {
        vapidDetails: { subject: VAPID_SUBJECT!, publicKey: VAPID_PUBLIC_KEY!, privateKey: VAPID_PRIVATE_KEY! },
        TTL: content.until ? secondsUntil(content.until) : FOUR_WEEKS,
        urgency: content.isHigh ? 'high' : 'normal',
        topic: topicOf(content.key),
        timeout: Math.min(PUSH_TIMEOUT_MS, LONGEST_REQUEST_MS),
        agent: this.agent,
      });
      return { is: 'sent', messageId: (headers.location ?? `web:${topicOf(content.key)}`).slice(0, 255) };
    } catch (error) {
      if (!(error instanceof WebPushError)) return { is: 'later', why: (error as Error).message };
      const { statusCode: status, headers } = error;
      const why = `status ${status}`;
      if (status === 404 || status === 410) return { is: 'gone', why };
      if (status !== 429 && status < 500) return { is: 'refused', why };
      const afterMs = retryAfterMs(headers['retry-after']);
      if (afterMs !== undefined) this.pace.pause(new URL(subscription.endpoint).host, afterMs);
      return { is: 'later', why, afterMs };
    }
  }
}

/** What the page's service worker gets. */
export const toWebMessage = ({ key, title, body, data, badge, isSilent }: PushContent) => ({
  ...(!isSilent && { notification: { title, body, tag: key } }),
  data,
  badge,
});

/** At most 32 characters of base64url: push services keep only the newest of a topic for a browser that is away. */
const topicOf = (key: string) => createHash('sha256').update(key).digest('base64url').slice(0, 32);
