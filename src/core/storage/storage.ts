import type { Readable } from 'node:stream';

export interface PutOptions {
  contentType: string;
  /** Bytes announced by the sender; if another number arrives, the upload is refused and nothing is kept. */
  size?: number;
}

/** First and last byte, both included, counted from 0. A range that goes past the end is cut there. */
export interface ByteRange {
  start: number;
  end: number;
}

export interface ObjectInfo {
  /** Bytes of the whole object, also when only a range of it is read. */
  size: number;
  contentType: string;
  /** Opaque, without quotes; differs when the bytes differ. */
  etag: string;
  modifiedAt: Date;
}

export interface OpenObject extends ObjectInfo {
  /** Whoever does not read it to the end must destroy it. */
  body: Readable;
}

export interface ReadLink {
  seconds: number;
  contentType: string;
  contentDisposition: string;
}

export interface WriteLink {
  seconds: number;
  contentType: string;
  /** Bytes that must be sent, no more and no fewer. */
  size: number;
}

export interface ListedObject {
  key: string;
  size: number;
  modifiedAt: Date;
}

/**
 * Files under keys that we make (see `checkKey`), in a bucket or on local disk; also the token to inject either by. A key is never
 * also the folder of another (`a` and `a/b`). Every method throws `StorageUnavailable` if the world outside does not answer in time.
 */
export abstract class Storage {
  /**
   * Keeps all of `body` or nothing: readers see the old object until the new one is complete. A stream is never held in memory whole.
   * An error of the stream is thrown as it is. Throws `UploadIncomplete`, `StorageFull`.
   */
  abstract put(key: string, body: Readable | Buffer, options: PutOptions): Promise<{ size: number }>;

  /** Opens an object as it is now; a later `put` or `delete` does not disturb the reader. Throws `ObjectNotFound`, `RangeNotSatisfiable`. */
  abstract get(key: string, range?: ByteRange): Promise<OpenObject>;

  /** Throws `ObjectNotFound`. */
  abstract head(key: string): Promise<ObjectInfo>;

  /** Deleting what is not there is no error. */
  abstract delete(key: string): Promise<void>;

  /** All objects whose key begins with `prefix`, in no particular order; `''` lists everything. */
  abstract list(prefix: string): AsyncIterable<ListedObject>;

  /**
   * A URL at which anybody can read the object for so many seconds, served under the given type and disposition; undefined where only
   * we can serve it.
   */
  abstract linkTo(key: string, link: ReadLink): Promise<string | undefined>;

  /** A URL to which anybody can PUT the object for so many seconds, with exactly that type; undefined where only we can take it. */
  abstract linkToPut(key: string, link: WriteLink): Promise<string | undefined>;

  /**
   * Makes a second object of the same bytes. Throws `ObjectNotFound`, and `ObjectChanged` if its etag is not the given one any more;
   * give one only of what was sent in one piece, for of others not every server knows it again.
   */
  abstract copy(from: string, to: string, options: { etag?: string; contentType: string }): Promise<void>;

  /** Where files go, in words for the operator. */
  abstract describe(): string;

  /** Lets go of connections; call it last. */
  abstract close(): void;
}
