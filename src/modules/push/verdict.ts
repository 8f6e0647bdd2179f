/** Why a notification was not sent though nothing failed; everything else in `error_message` is a failure. */
export const SUPPRESSIONS = [
  'collapsed',
  'expired',
  'looking',
  'no_device',
  'preference',
  'quiet_hours',
  'user_gone',
  'withdrawn',
] as const;
export type Suppression = (typeof SUPPRESSIONS)[number];
