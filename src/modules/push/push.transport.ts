import type { NotificationKind } from 'src/modules/push/push.entities';

/** One message to one device, in the words of FCM's HTTP v1 interface. */
export interface FcmMessage {
  token: string;
  notification: { title: string; body: string };
  data: Record<string, string>;
  android: { notification: { click_action: string; sound: string } };
  apns: { payload: { aps: { sound: string; badge: number } } };
}

/** What goes out: one notification of one user, and a message for each of his devices, which may be none. */
export interface Push {
  userId: string;
  kind: NotificationKind;
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

export const toFcmMessage = (
  token: string,
  { title, body, data }: Pick<FcmMessage['notification'], 'title' | 'body'> & Pick<FcmMessage, 'data'>,
): FcmMessage => ({
  token,
  notification: { title, body },
  data,
  android: { notification: { click_action: 'FLUTTER_NOTIFICATION_CLICK', sound: 'default' } },
  apns: { payload: { aps: { sound: 'default', badge: 1 } } },
});
