import { isIP } from 'node:net';
import { z } from 'zod';

/** A push service of a browser's maker: by name, over TLS, on its usual port. Whom the name leads to is checked when it is asked. */
const isPushService = (address: string) => {
  if (!URL.canParse(address)) return false;
  const { protocol, port, hostname, username, password } = new URL(address);
  const isNamed = hostname.includes('.') && !isIP(hostname) && !hostname.startsWith('[');
  return protocol === 'https:' && port === '' && isNamed && username === '' && password === '';
};

const key = (bytes: number) =>
  z
    .string()
    .max(100)
    .regex(/^[\w-]+=*$/)
    .refine((text) => Buffer.from(text, 'base64url').length === bytes);

/** What a browser's `PushSubscription.toJSON()` gives. */
export const Subscription = z.object({
  endpoint: z.string().max(1500).refine(isPushService),
  keys: z.object({ p256dh: key(65), auth: key(16) }),
});
export type Subscription = z.infer<typeof Subscription>;

/** A Web Push subscription as the one text by which it is known, or undefined if the token is not a good one. */
export function canonicalSubscription(token: string): string | undefined {
  try {
    return JSON.stringify(Subscription.parse(JSON.parse(token)));
  } catch {
    return undefined;
  }
}

/** Tokens of web devices are those of Google's SDK, or subscriptions. */
export const isSubscription = (token: string): boolean => token.startsWith('{');
