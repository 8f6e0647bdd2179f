import { Readable } from 'node:stream';
import { UploadIncomplete } from 'src/core/storage/storage.errors';

/** What a sender hands over for storage: counted, held to the announced size, and with his failures kept apart from storage's own. */
export class Intake {
  /** Bytes that flowed so far. */
  size = 0;
  /** Why the sender failed, if he did. */
  senderError: unknown;
  private readonly source: Readable;

  constructor(
    body: Readable | Buffer,
    private readonly announced?: number,
  ) {
    this.source = Buffer.isBuffer(body) ? Readable.from([body]) : body;
    // A sender may go before the first byte is asked for; `flow` then reports it, and nobody else needs to.
    this.source.on('error', () => undefined);
  }

  /** The bytes, once. Only what the sender does wrong is thrown from here, never what happens to the bytes afterwards. */
  async *flow(): AsyncGenerator<Buffer> {
    const chunks = this.source[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    for (;;) {
      const next = await chunks.next().catch((error: unknown) => this.refuse(error));
      if (next.done) break;
      this.size += next.value.length;
      if (this.announced !== undefined && this.size > this.announced) this.refuse(UploadIncomplete());
      yield next.value;
    }
    if (this.announced !== undefined && this.size < this.announced) this.refuse(UploadIncomplete());
  }

  /** Ends the sender's stream; nothing happens if it was read to its end. */
  discard() {
    this.source.destroy();
  }

  private refuse(error: unknown): never {
    const wentAway = (error as NodeJS.ErrnoException).code === 'ERR_STREAM_PREMATURE_CLOSE';
    throw (this.senderError = wentAway ? UploadIncomplete() : error);
  }
}
