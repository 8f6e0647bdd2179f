import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

/**
 * Secrets that stay the same from start to start: each of the `names` is made at its first use and kept in `file`, which
 * only its owner may read.
 */
export function keptSecrets(file, names) {
  const kept = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  const missing = names.filter((name) => !kept[name]);
  if (missing.length === 0) return kept;
  for (const name of missing) kept[name] = newSecret();
  writeFileSync(`${file}.new`, `${JSON.stringify(kept, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
  return kept;
}

/** 256 random bits in characters that need no quoting anywhere. */
export const newSecret = () => randomBytes(32).toString('base64url');
