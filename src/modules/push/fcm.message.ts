import type { PushContent } from 'src/modules/push/push.transport';

/** One message to one device, in the words of FCM's HTTP v1 interface. Without a notification the app gets it and nobody sees it. */
export interface FcmMessage {
  token: string;
  notification?: { title: string; body: string; image?: string };
  data: Record<string, string>;
  android: {
    priority?: 'high';
    ttl?: string;
    collapse_key: string;
    notification?: { click_action: string; sound: string; tag: string; notification_count: number };
  };
  apns: {
    headers: Record<string, string>;
    payload: {
      aps: { badge: number; sound?: string; 'thread-id'?: string; 'content-available'?: 1; 'mutable-content'?: 1 };
    };
  };
}

export function toFcmMessage(token: string, content: PushContent): FcmMessage {
  const { key, title, body, data, badge, isSilent, isHigh, until } = content;
  const urgency = {
    ...(isHigh && { priority: 'high' as const }),
    ...(until && { ttl: `${secondsUntil(until)}s` }),
  };
  const headers = {
    'apns-collapse-id': key.slice(0, LONGEST_COLLAPSE_ID),
    ...((isHigh || isSilent) && { 'apns-priority': isSilent ? '5' : '10' }),
    ...(isSilent && { 'apns-push-type': 'background' }),
    ...(until && { 'apns-expiration': String(Math.floor(until.getTime() / 1000)) }),
  };
  if (isSilent) {
    const android = { ...urgency, collapse_key: key };
    return { token, data, android, apns: { headers, payload: { aps: { 'content-available': 1, badge } } } };
  }
  const shown = { click_action: 'FLUTTER_NOTIFICATION_CLICK', sound: 'default', tag: key, notification_count: badge };
  return {
    token,
    notification: { title, body, ...(data.image_url && { image: data.image_url }) },
    data,
    android: { ...urgency, collapse_key: key, notification: shown },
    apns: { headers, payload: { aps: { sound: 'default', badge, 'thread-id': key } } },
  };
}

/** In bytes; our keys are ASCII. */
const LONGEST_COLLAPSE_ID = 64;

export const secondsUntil = (until: Date): number => Math.max(0, Math.ceil((until.getTime() - Date.now()) / 1000));
