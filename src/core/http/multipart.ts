import type { Multipart } from '@fastify/multipart';
import type { FastifyRequest } from 'fastify';
import type { Readable } from 'node:stream';
import { MalformedRequest, TooManyFiles, ValidationFailed } from 'src/core/errors/common.errors';

/** One file of a multipart body. */
export interface IncomingFile {
  /** As the client calls it: anything. */
  name: string;
  /** To be read before the next is asked for. */
  body: Readable;
}

const MOST_FIELDS = 20;
const LARGEST_FIELD = 100_000;

/**
 * The files of a multipart body, one after the other, each to be read before the next. `onFields` gets the text fields before the
 * first file does; a field that comes after a file is refused.
 */
export async function* incomingFiles(
  request: FastifyRequest,
  most: number,
  onFields: (fields: Record<string, string>) => Promise<void>,
): AsyncGenerator<IncomingFile> {
  const fields: Record<string, string> = {};
  let files = 0;
  try {
    for await (const part of partsOf(request, most)) {
      if (part.type === 'field') {
        if (files) throw ValidationFailed({}, [{ field: part.fieldname, code: 'after_file' }]);
        fields[part.fieldname] = String(part.value);
      } else {
        if (!files++) await onFields(fields);
        yield { name: part.filename ?? '', body: part.file };
      }
    }
    if (!files) throw ValidationFailed({}, [{ field: 'file', code: 'required' }]);
  } finally {
    // what comes after a refusal is read and dropped, so that the client gets to hear of it
    request.raw.unpipe();
    request.raw.resume();
  }
}

/** What `take` makes of the first file of a multipart body, if there is just one. */
export async function oneFile<T>(request: FastifyRequest, take: (file: IncomingFile) => Promise<T>): Promise<T> {
  for await (const file of incomingFiles(request, 1, () => Promise.resolve())) return await take(file);
  throw ValidationFailed({}, [{ field: 'file', code: 'required' }]);
}

async function* partsOf(request: FastifyRequest, most: number): AsyncGenerator<Multipart> {
  const limits = { files: most, fields: MOST_FIELDS, fieldSize: LARGEST_FIELD, fileSize: Infinity };
  const parts = request.parts({ limits });
  for (;;) {
    const next = await parts.next().catch((error: Error & { statusCode?: number; code?: string }) => {
      if (error.code === 'FST_FILES_LIMIT') throw TooManyFiles({ limit: most });
      // of a body that is no multipart the parser only says so in words
      throw error.statusCode === undefined ? MalformedRequest() : error;
    });
    if (next.done) return;
    yield next.value;
  }
}
