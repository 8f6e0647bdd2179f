import { base32, matchingStep, otpauthUrl, stepAt, totpCode } from 'src/modules/auth/totp';

const SECRET = Buffer.from('12345678901234567890');

test.each([
  [59, '287082'],
  [1111111109, '081804'],
  [1111111111, '050471'],
  [1234567890, '005924'],
  [2000000000, '279037'],
  [20000000000, '353130'],
])('the example of RFC 6238 at %i s is %s', (seconds, code) => {
  expect(totpCode(SECRET, stepAt(seconds * 1000))).toBe(code);
});

test('a code is good a step early and late, and once', () => {
  const now = 1_234_567_890_000;
  const step = stepAt(now);
  for (const near of [-1, 0, 1]) expect(matchingStep(SECRET, totpCode(SECRET, step + near), now, 0)).toBe(step + near);
  for (const far of [-2, 2]) expect(matchingStep(SECRET, totpCode(SECRET, step + far), now, 0)).toBeUndefined();
  expect(matchingStep(SECRET, totpCode(SECRET, step), now, step)).toBeUndefined();
  for (const odd of ['', '12345', '1234567', '二〇〇二']) expect(matchingStep(SECRET, odd, now, 0)).toBeUndefined();
});

test('an app can read the secret', () => {
  expect(base32(Buffer.from('foobar'))).toBe('MZXW6YTBOI');
  const url = new URL(otpauthUrl('My Muster', 'ana@example.org', SECRET));
  expect(url.href).toContain('otpauth://totp/My%20Muster:ana%40example.org?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ');
  expect(url.searchParams.get('issuer')).toBe('My Muster');
});
