import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** What keys and tokens of well-known kinds look like; those of their own examples, or made up for tests, look otherwise. */
const SECRETS: Record<string, RegExp> = {
  'a private key': /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\s*[A-Za-z0-9+/=\s]{100}/,
  'a key of AWS': /\b(?:AKIA|ASIA)(?!IOSFODNN7EXAMPLE)[A-Z0-9]{16}\b/,
  'a key of Google': /\bAIza[\w-]{35}\b/,
  'a token of GitHub': /\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{60})/,
  'a token of GitLab': /\bglpat-[\w-]{20}/,
  'a token of npm': /\bnpm_[A-Za-z0-9]{36}\b|_authToken\s*=/,
  'a token of Slack': /\bxox[abprs]-[\w-]{20}/,
  'a key of Stripe': /\b[sr]k_live_[A-Za-z0-9]{20}/,
  'a token of ours': /\beyJ[\w-]{20,}\.eyJ[\w-]{20,}\.[\w-]{40}/,
  'a password in an address':
    /\b(?:postgres(?:ql)?|rediss?|smtps?|https?):\/\/[^\s:@/'"`$<{]+:(?!muster\b|password\b|secret\b)[^\s:@/'"`$<{]{12,}@/,
};
/** Bytes that are no text, and hashes of other people's packages. */
const UNREAD = /\.(png|jpe?g|gif|webp|ogg|mp4|ico)$|^package-lock\.json$/;

test('no file in the repository holds a secret', () => {
  const files = execFileSync('git', ['ls-files', '-z'], { encoding: 'utf8', maxBuffer: 2 ** 24 }).split('\0');
  const found = files
    .filter((file) => file && !UNREAD.test(file))
    .flatMap((file) => {
      const text = readFileSync(file, 'utf8');
      return Object.entries(SECRETS).flatMap(([what, pattern]) => (pattern.test(text) ? [`${file}: ${what}`] : []));
    });
  expect(files.length).toBeGreaterThan(500);
  expect(found).toEqual([]);
});

test('it would be found', () => {
  const examples = [
    `-----BEGIN EC PRIVATE KEY-----\n${'A'.repeat(120)}`,
    `AKIA${'B'.repeat(16)}`,
    `ghp_${'c'.repeat(36)}`,
    `https://ana:${'d'.repeat(16)}@example.org`,
  ];
  for (const text of examples) expect(Object.values(SECRETS).some((pattern) => pattern.test(text))).toBe(true);
});
