import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { StickerPackTooLarge, StickerPackUnreadable } from 'src/modules/media/stickers.errors';
import { fromBufferPromise } from 'yauzl';

/** Bytes; an archive is held in memory while it is taken in. */
export const LARGEST_ARCHIVE = 20 * 1024 * 1024;
export const LARGEST_ENTRY = 2 * 1024 * 1024;
/** Of all that is in one: what is packed a thousandfold is no sticker. */
const LARGEST_CONTENT = 60 * 1024 * 1024;
const MOST_ENTRIES = 500;

/** The bytes of a body. Throws `sticker.pack_too_large`. */
export async function archiveBytes(body: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    // what is too much is read and dropped, so that the client gets to hear of it
    if ((size += chunk.length) <= LARGEST_ARCHIVE) chunks.push(chunk);
  }
  if (size > LARGEST_ARCHIVE) throw StickerPackTooLarge({ limit: LARGEST_ARCHIVE });
  return Buffer.concat(chunks);
}

/**
 * The files of a ZIP by their names, which are only ever compared. Sizes are checked before anything is unpacked, and no entry may
 * have more than it states. Throws `sticker.pack_unreadable`, `sticker.pack_too_large`.
 */
export async function filesIn(archive: Buffer): Promise<Map<string, Buffer>> {
  const zip = await readable(fromBufferPromise(archive, { strictFileNames: true, validateEntrySizes: true }));
  if (zip.entryCount > MOST_ENTRIES) throw StickerPackUnreadable();
  const files = new Map<string, Buffer>();
  let content = 0;
  const entries = zip.eachEntry();
  for (;;) {
    const next = await readable(entries.next());
    if (next.done) return files;
    const entry = next.value;
    if (entry.fileName.endsWith('/')) continue;
    content += entry.uncompressedSize;
    if (entry.uncompressedSize > LARGEST_ENTRY) throw StickerPackTooLarge({ limit: LARGEST_ENTRY });
    if (content > LARGEST_CONTENT) throw StickerPackTooLarge({ limit: LARGEST_CONTENT });
    if (entry.isEncrypted() || files.has(entry.fileName)) throw StickerPackUnreadable();
    files.set(entry.fileName, await readable(zip.openReadStreamPromise(entry).then(buffer)));
  }
}

/** Whatever a ZIP's reader finds fault with, is the archive's fault. */
const readable = <T>(asked: Promise<T>): Promise<T> =>
  asked.catch(() => {
    throw StickerPackUnreadable();
  });
