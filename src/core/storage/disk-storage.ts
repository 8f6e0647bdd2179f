import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, rmdir, stat, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { Intake } from 'src/core/storage/intake';
import { checkKey, checkPrefix } from 'src/core/storage/keys';
import { checkRange } from 'src/core/storage/range';
import type { ByteRange, ListedObject, ObjectInfo, OpenObject, PutOptions, Storage } from 'src/core/storage/storage';
import { outside, storageFault } from 'src/core/storage/storage-fault';
import { ObjectChanged, ObjectNotFound, RangeNotSatisfiable } from 'src/core/storage/storage.errors';
import { encodeTrailer, readTrailer, TRAILER_BYTES } from 'src/core/storage/trailer';

/** No upload takes that long; what is older was left by a process that died. */
const ABANDONED_MS = 24 * 60 * 60 * 1000;
/** To find a folder that nobody takes away meanwhile. */
const MOST_TRIES = 20;

/** Objects as files under one folder: written beside their place, flushed to the disk, and renamed into it. */
export class DiskStorage implements Storage {
  private readonly incoming: string;
  private tidiedAt = -Infinity;

  constructor(private readonly root: string) {
    this.incoming = path.join(root, '.incoming');
  }

  async put(key: string, body: Readable | Buffer, { contentType, size }: PutOptions): Promise<{ size: number }> {
    const target = this.place(key);
    const intake = new Intake(body, size);
    const temporary = path.join(this.incoming, randomUUID());
    try {
      await this.prepareIncoming();
      await writeWhole(temporary, intake, contentType);
      await moveIn(temporary, target);
      await flush(path.dirname(target));
      return { size: intake.size };
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => undefined);
      throw intake.senderError ?? storageFault(error);
    } finally {
      intake.discard();
    }
  }

  async get(key: string, range?: ByteRange): Promise<OpenObject> {
    const place = this.place(key);
    checkRange(range);
    const file = await outside(() => open(place));
    try {
      const info = await infoOf(file);
      if (range && range.start >= info.size) throw RangeNotSatisfiable();
      const end = Math.min(range?.end ?? Infinity, info.size - 1);
      if (end >= 0) return { ...info, body: file.createReadStream({ start: range?.start ?? 0, end }) };
      await file.close();
      return { ...info, body: Readable.from([]) };
    } catch (error) {
      await file.close().catch(() => undefined);
      throw storageFault(error);
    }
  }

  async head(key: string): Promise<ObjectInfo> {
    const place = this.place(key);
    return outside(async () => {
      const file = await open(place);
      try {
        return await infoOf(file);
      } finally {
        await file.close();
      }
    });
  }

  async delete(key: string): Promise<void> {
    const place = this.place(key);
    await outside(() => rm(place, { force: true }));
    await this.removeEmpty(path.posix.dirname(key));
  }

  async *list(prefix: string): AsyncIterable<ListedObject> {
    const folder = prefix.slice(0, checkPrefix(prefix).lastIndexOf('/') + 1);
    yield* this.walk(folder, prefix);
  }

  linkTo(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  linkToPut(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  async copy(from: string, to: string, { etag, contentType }: { etag?: string; contentType: string }): Promise<void> {
    const { body, size, etag: found } = await this.get(from);
    if (etag === undefined || found === etag) return void (await this.put(to, body, { contentType, size }));
    body.destroy();
    throw ObjectChanged();
  }

  describe(): string {
    return `local disk at ${this.root}`;
  }

  close(): void {
    // Nothing stays open between calls.
  }

  /** A folder may say whose the objects in it were, and there would be ever more. */
  private async removeEmpty(folder: string) {
    for (let at = folder; at !== '.'; at = path.posix.dirname(at)) {
      const isGone = await rmdir(path.join(this.root, at)).then(
        () => true,
        () => false, // it is not empty, or was removed by somebody else
      );
      if (!isGone) return;
    }
  }

  private place(key: string): string {
    return path.join(this.root, checkKey(key));
  }

  private async prepareIncoming() {
    await mkdir(this.incoming, { recursive: true });
    if (Date.now() - this.tidiedAt < ABANDONED_MS) return;
    this.tidiedAt = Date.now();
    for (const name of await readdir(this.incoming)) {
      const file = path.join(this.incoming, name);
      const age = Date.now() - ((await statIfThere(file))?.mtimeMs ?? Infinity);
      if (age > ABANDONED_MS) await rm(file, { force: true });
    }
  }

  /** `folder` is '' or ends with a slash. */
  private async *walk(folder: string, prefix: string): AsyncIterable<ListedObject> {
    for (const entry of await outside(() => entriesOf(path.join(this.root, folder)))) {
      if (entry.name.startsWith('.')) continue;
      const key = folder + entry.name;
      if (entry.isDirectory()) {
        if (`${key}/`.startsWith(prefix)) yield* this.walk(`${key}/`, prefix);
      } else if (key.startsWith(prefix)) {
        const found = await outside(() => statIfThere(path.join(this.root, key)));
        if (found) yield { key, size: found.size - TRAILER_BYTES, modifiedAt: found.mtime };
      }
    }
  }
}

async function writeWhole(target: string, intake: Intake, contentType: string) {
  const hash = createHash('sha256');
  const file = await open(target, 'wx');
  try {
    for await (const chunk of intake.flow()) {
      hash.update(chunk);
      await file.appendFile(chunk);
    }
    await file.appendFile(encodeTrailer({ contentType, etag: hash.digest('hex') }));
    await file.sync();
  } finally {
    await file.close();
  }
}

/** The folder may go while this comes: it goes with its last object. */
async function moveIn(temporary: string, target: string) {
  for (let left = MOST_TRIES; ; left--) {
    try {
      await mkdir(path.dirname(target), { recursive: true });
      return await rename(temporary, target);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || !left) throw error;
    }
  }
}

/** A rename is only safe from a power failure once the folder is flushed too. One that is gone went with the object. */
async function flush(folder: string) {
  const handle = await ifThere(open(folder));
  if (!handle) return;
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function infoOf(file: FileHandle): Promise<ObjectInfo> {
  const found = await file.stat();
  if (!found.isFile()) throw ObjectNotFound();
  const { contentType, etag } = await readTrailer(file, found.size);
  return { size: found.size - TRAILER_BYTES, contentType, etag, modifiedAt: found.mtime };
}

const entriesOf = (folder: string) =>
  ifThere(readdir(folder, { withFileTypes: true })).then((entries) => entries ?? []);

const statIfThere = (file: string) => ifThere(stat(file));

const ifThere = <T>(asked: Promise<T>) =>
  asked.catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
