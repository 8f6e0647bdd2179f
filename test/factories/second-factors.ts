import { stepAt, totpCode } from 'src/modules/auth/totp';
import type { TestUser } from 'test/factories/users';
import type { TestApp } from 'test/support/boot';
import { api } from 'test/support/http';

const PATH = '/settings/security/2fa';

/** RFC 4648, of what authenticator apps are given. */
function fromBase32(text: string): Buffer {
  const bits = [...text].map((sign) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(sign).toString(2).padStart(5, '0'));
  return Buffer.from((bits.join('').match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)));
}

/** The code of so many steps from now. One of a step before now may be too old when it arrives. */
export const codeOf = (secret: string, ahead: 0 | 1 = 0) => totpCode(fromBase32(secret), stepAt(Date.now()) + ahead);

/** Turned on, with no code used up. */
export async function turnOnSecondFactor(app: TestApp, user: TestUser) {
  const me = api(app, user);
  const { secret } = (await me.post(`${PATH}/enable`, { password: user.password })).body as { secret: string };
  const { body } = await me.post(`${PATH}/confirm`, { code: codeOf(secret) });
  await app.db.query('UPDATE two_factors SET last_step = 0 WHERE user_id = $1', [user.id]);
  return { secret, recoveryCodes: body.recovery_codes as string[] };
}
