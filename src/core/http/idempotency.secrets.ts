import { createHmac, hkdfSync } from 'node:crypto';
import { open, seal } from 'src/core/sealing/sealing';

const KEY_BYTES = 32;

/**
 * What is kept of a keyed request tells nobody anything who has not its key, for requests may carry passwords and answers tokens that
 * are shown once. All is derived from the key and from our own secret: of the key itself only a hash is kept.
 */
export class RequestSecrets {
  /** Under which the request is kept. */
  readonly name: string;
  private readonly sealing: Buffer;
  private readonly signing: Buffer;

  constructor(secret: string, userId: string, key: string) {
    const bytes = Buffer.from(hkdfSync('sha256', `${secret}\n${key}`, userId, 'idempotency', 3 * KEY_BYTES));
    const [name, sealing, signing] = [0, 1, 2].map((n) => bytes.subarray(n * KEY_BYTES, (n + 1) * KEY_BYTES));
    this.name = name!.toString('base64url');
    [this.sealing, this.signing] = [sealing!, signing!];
  }

  /** The same of requests that are the same. */
  signatureOf(request: string): string {
    return createHmac('sha256', this.signing).update(request).digest('base64url');
  }

  seal = (answer: string): Buffer => seal(this.sealing, answer);

  open = (sealed: Buffer): string => open(this.sealing, sealed);
}
