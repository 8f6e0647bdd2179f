import { applyDecorators } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Readable } from 'node:stream';
import { ApiResponse } from 'src/core/http/api-docs';
import { RangeNotSatisfiable } from 'src/core/storage/storage.errors';
import { isHeld, rangeOf } from 'src/core/http/conditions';
import type { ByteRange, OpenObject } from 'src/core/storage/storage';

/** Bytes that somebody may read, and how they are to be served. */
export interface Download {
  key: string;
  size: number;
  contentType: string;
  contentDisposition: string;
  /** Strong and with its quotes: the bytes never change. */
  etag: string;
  modifiedAt: Date;
}

/** Where the bytes are. */
interface Source {
  /** Where the client should read it for himself, soon; undefined if `open` is to serve it. */
  link(download: Download): Promise<string | undefined>;
  open(download: Download, range?: ByteRange): Promise<OpenObject>;
}

/** Whatever a browser thinks it sees in a file, it may run and load nothing. */
const FILE_CSP =
  "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'";
/** Who held it may keep it, but must ask whether he may still see it. */
const CACHED = 'private, no-cache';

const bytes = { content: { '*/*': { schema: { type: 'string', format: 'binary' } } } };

/** Success of a route that is answered by `serve`. */
export const ReturnsBytes = (description: string) =>
  applyDecorators(
    ApiResponse({ status: 200, description, ...bytes }),
    ApiResponse({ status: 206, description: 'The part of it.', ...bytes }),
    ApiResponse({ status: 302, description: 'Where files are in S3: to a URL that holds for 5 minutes.' }),
    ApiResponse({ status: 304, description: 'The caller has it already.' }),
  );

/** Answers with bytes: none if the client has them, by a redirect if storage serves them itself, whole or in part otherwise. */
export async function serve(
  downloads: Source,
  download: Download,
  { headers, method }: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const { etag, size, contentType, contentDisposition, modifiedAt } = download;
  void reply.headers({
    ETag: etag,
    'Cache-Control': CACHED,
    'Last-Modified': modifiedAt.toUTCString(),
    'Content-Security-Policy': FILE_CSP,
    'X-Content-Type-Options': 'nosniff',
  });
  if (isHeld(headers, etag)) return void reply.status(304).send();
  const link = method === 'GET' ? await downloads.link(download) : undefined;
  if (link) return void reply.header('Cache-Control', 'private, no-store').redirect(link, 302);

  const range = rangeOf(headers, etag, size);
  if (range === 'unsatisfiable') {
    void reply.header('Content-Range', `bytes */${size}`);
    throw RangeNotSatisfiable();
  }
  void reply.headers({ 'Accept-Ranges': 'bytes', 'Content-Disposition': contentDisposition });
  void reply.type(contentType).header('Content-Length', range ? range.end - range.start + 1 : size);
  if (range) void reply.status(206).header('Content-Range', `bytes ${range.start}-${range.end}/${size}`);
  // an empty stream, for of anything else the length would be stated as 0
  if (method === 'HEAD') return void reply.send(Readable.from([]));
  const { body } = await downloads.open(download, range);
  void reply.send(body);
}
