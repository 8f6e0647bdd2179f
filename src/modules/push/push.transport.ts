import type { DeviceType, NotificationKind } from 'src/modules/push/push.entities';

/** What one device is to show, or to do unseen; each transport puts it into its provider's words. */
export interface PushContent {
  /** Replaces on the device what came under the same key. */
  key: string;
  /** Empty, like the body, of what nobody sees. */
  title: string;
  body: string;
  /** For the app: what to open. All of a push must fit into 4 KiB. */
  data: Record<string, string>;
  /** The number on the app's picture. */
  badge: number;
  /** It goes to the app, which shows nothing of it. */
  isSilent: boolean;
  /** It wakes a device that sleeps. */
  isHigh: boolean;
  /** After it the provider drops what it could not bring. */
  until: Date | null;
}

/** One push for one device. */
export interface Parcel {
  userId: string;
  kind: NotificationKind;
  deviceType: DeviceType;
  token: string;
  content: PushContent;
}

export type Outcome =
  /** The provider has it, and calls it so. */
  | { is: 'sent'; messageId: string }
  /** The provider knows no such device any more. */
  | { is: 'gone'; why: string }
  /** It will never be taken. */
  | { is: 'refused'; why: string }
  /** It may be taken later, not before `afterMs`; whether it has come is unknown. */
  | { is: 'later'; why: string; afterMs?: number };

/** The way to people's devices; the outside world. */
export abstract class PushTransport {
  /**
   * Hands at most 500 pushes to the provider and tells of each, in order, what became of it. Answers within `SEND_LEASE_SECONDS`; what it
   * could not begin in time is for later.
   */
  abstract send(parcels: Parcel[]): Promise<Outcome[]>;
}

export const MOST_AT_ONCE = 500;

/** After this long, whoever was sending a push is taken for dead, and another may send it. */
export const SEND_LEASE_SECONDS = 30;
