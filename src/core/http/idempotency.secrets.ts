import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';

const CIPHER = 'aes-256-gcm';
const [KEY_BYTES, IV_BYTES, TAG_BYTES] = [32, 12, 16];

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

  seal(answer: string): Buffer {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv(CIPHER, this.sealing, iv);
    const sealed = [cipher.update(answer, 'utf8'), cipher.final()];
    return Buffer.concat([iv, cipher.getAuthTag(), ...sealed]);
  }

  open(sealed: Buffer): string {
    const decipher = createDecipheriv(CIPHER, this.sealing, sealed.subarray(0, IV_BYTES));
    decipher.setAuthTag(sealed.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
    return decipher.update(sealed.subarray(IV_BYTES + TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
  }
}
