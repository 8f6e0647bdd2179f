import type { FileHandle } from 'node:fs/promises';

export const TRAILER_BYTES = 512;

export interface Trailer {
  contentType: string;
  etag: string;
}

/**
 * The end of every file on disk says what the file is. It is in the file itself, so that one rename replaces bytes and type together,
 * and at its end, so that a stream can be written before its hash is known.
 */
export function encodeTrailer(trailer: Trailer): Buffer {
  const text = JSON.stringify({ contentType: trailer.contentType, etag: trailer.etag });
  if (Buffer.byteLength(text) > TRAILER_BYTES) throw new Error(`Too long a content type: ${trailer.contentType}`);
  return Buffer.alloc(TRAILER_BYTES, ' ').fill(text, 0, Buffer.byteLength(text));
}

/** Reads the trailer of an open file of `length` bytes. */
export async function readTrailer(file: FileHandle, length: number): Promise<Trailer> {
  const { buffer } = await file.read(Buffer.alloc(TRAILER_BYTES), 0, TRAILER_BYTES, length - TRAILER_BYTES);
  return JSON.parse(buffer.toString()) as Trailer;
}
