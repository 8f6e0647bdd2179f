import type { NotificationKind } from 'src/modules/push/push.entities';

/** One message to one device, in the words of FCM's HTTP v1 interface. Without a notification the app gets it and nobody sees it. */
export interface FcmMessage {
  token: string;
  notification?: { title: string; body: string };
  data: Record<string, string>;
  android: {
    priority?: 'high';
    ttl?: string;
    collapse_key?: string;
    notification?: { click_action: string; sound: string };
  };
  apns: {
    headers?: Record<string, string>;
    payload: { aps: { sound: string; badge: number } | { 'content-available': 1 } };
  };
}

/** What goes out: one notification of one user, and a message for each of his devices, which may be none. */
export interface Push {
  userId: string;
  kind: NotificationKind;
  /** Empty, like the body, of what nobody sees. */
  title: string;
  body: string;
  messages: FcmMessage[];
}

/** The way to people's devices; the outside world. */
export abstract class PushTransport {
  /**
   * Hands the messages to the provider and returns his id of each, in order. Throws what trying again may mend. Must answer within
   * `SEND_LEASE_SECONDS`.
   */
  abstract send(push: Push): Promise<string[]>;
}

/** After this long, whoever was sending a push is taken for dead, and another may send it. */
export const SEND_LEASE_SECONDS = 30;

/** What a message is made of. */
export interface Content {
  key: string;
  title: string;
  body: string;
  data: Record<string, string>;
  urgentUntil: Date | null;
}

export function toFcmMessage(token: string, { key, title, body, data, urgentUntil }: Content): FcmMessage {
  const urgency = urgentUntil && urgencyOf(key, urgentUntil);
  return {
    token,
    notification: { title, body },
    data,
    android: { ...urgency?.android, notification: { click_action: 'FLUTTER_NOTIFICATION_CLICK', sound: 'default' } },
    apns: { ...urgency?.apns, payload: { aps: { sound: 'default', badge: 1 } } },
  };
}

/** Tells the app to take back what it shows under the key. */
export const toWithdrawal = (token: string, { key, data }: Pick<Content, 'key' | 'data'>): FcmMessage => {
  const soon = urgencyOf(key, new Date(Date.now() + WITHDRAWAL_MS));
  return {
    token,
    data: { ...data, withdrawn: 'true' },
    android: soon.android,
    apns: {
      headers: { ...soon.apns.headers, 'apns-priority': '5', 'apns-push-type': 'background' },
      payload: { aps: { 'content-available': 1 } },
    },
  };
};

const WITHDRAWAL_MS = 60_000;

/** It wakes the device, replaces what came under the same key, and is dropped by the provider when it has come too late. */
function urgencyOf(key: string, until: Date) {
  const seconds = Math.max(0, Math.ceil((until.getTime() - Date.now()) / 1000));
  const expiration = String(Math.floor(until.getTime() / 1000));
  return {
    android: { priority: 'high' as const, ttl: `${seconds}s`, collapse_key: key },
    apns: { headers: { 'apns-priority': '10', 'apns-expiration': expiration, 'apns-collapse-id': key.slice(0, 64) } },
  };
}
