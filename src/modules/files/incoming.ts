import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { AppError } from 'src/core/errors/app-error';
import { UploadIncomplete } from 'src/core/storage/storage.errors';
import { FileTooLarge } from 'src/modules/files/files.errors';

const LONGEST_SILENCE_MS = 30_000;

/** The bytes of an upload on their way to storage: looked at, counted and hashed as they flow, never held. */
export class Incoming {
  size = 0;
  private readonly hash = createHash('sha256');
  private readonly chunks: AsyncIterator<Buffer>;
  private readonly begun: Buffer[] = [];

  constructor(private readonly source: Readable) {
    this.chunks = source[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  }

  /** The first bytes, which `flow` gives too: at least so many unless there are fewer. */
  async head(bytes: number): Promise<Buffer> {
    for (let length = 0; length < bytes;) {
      const chunk = await this.read();
      if (!chunk) break;
      this.begun.push(chunk);
      length += chunk.length;
    }
    return Buffer.concat(this.begun).subarray(0, bytes);
  }

  /** All bytes, once. Throws `file.too_large` as soon as there are more than `limit`, and `storage.upload_incomplete` if the sender goes. */
  async *flow(limit: number): AsyncGenerator<Buffer> {
    for (;;) {
      const chunk = this.begun.shift() ?? (await this.read());
      if (!chunk) return;
      this.size += chunk.length;
      if (this.size > limit) throw FileTooLarge({ limit });
      this.hash.update(chunk);
      yield chunk;
    }
  }

  /** In hex, when all has flowed. */
  sha256(): string {
    return this.hash.digest('hex');
  }

  /** Ends the sender's stream; nothing happens if it was read to its end. */
  discard() {
    this.source.destroy();
  }

  private async read(): Promise<Buffer | undefined> {
    // who stands still that long holds a connection and a place on the disk for nothing
    const timer = setTimeout(() => this.source.destroy(UploadIncomplete() as Error), LONGEST_SILENCE_MS);
    try {
      const next = await this.chunks.next();
      return next.done ? undefined : next.value;
    } catch (error) {
      throw error instanceof AppError ? error : UploadIncomplete();
    } finally {
      clearTimeout(timer);
    }
  }
}
