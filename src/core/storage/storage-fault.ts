import { Logger } from '@nestjs/common';
import { AppError } from 'src/core/errors/app-error';
import {
  ObjectChanged,
  ObjectNotFound,
  RangeNotSatisfiable,
  StorageFull,
  StorageUnavailable,
} from 'src/core/storage/storage.errors';

const MISSING = new Set(['ENOENT', 'NoSuchKey', 'NotFound']);
const FULL = new Set(['ENOSPC', 'EDQUOT', 'XMinioStorageFull']);
/** What the disk, the network, the SDK and S3 servers call it. ENOENT is here for writes: then the root itself is gone. */
const AWAY = new Set(
  `EIO ESTALE EROFS EMFILE ENFILE ENOENT ENOTDIR
  ECONNREFUSED ECONNRESET EPIPE ETIMEDOUT EHOSTUNREACH ENETUNREACH ENOTFOUND EAI_AGAIN
  TimeoutError RequestTimeout SlowDown NoSuchBucket
  XAmzContentSHA256Mismatch BadDigest`.split(/\s+/),
);

interface OutsideError extends Error {
  code?: string;
  $metadata?: { httpStatusCode?: number; attempts?: number };
}

const logger = new Logger('Storage');

/**
 * What an error of the disk or of S3 means to us. The operator finds its own words in the log. Whatever is not of the moment, such as
 * refused credentials, stays as it is: it is ours to mend.
 */
export function storageFault(error: unknown): unknown {
  if (error instanceof AppError) return error;
  const { names, status, attempts, message } = read(error);
  const full = names.some((name) => FULL.has(name)) || status === 507;
  // What the SDK tried more than once, it takes for a passing fault.
  const away = names.some((name) => AWAY.has(name)) || status >= 500 || status === 429 || attempts > 1;
  if (!full && !away) return error;
  logger.warn(`${names[0]}: ${message}`);
  return full ? StorageFull() : StorageUnavailable();
}

/** Asks for an object that should be there, and throws what goes wrong as `ObjectNotFound`, `ObjectChanged`, `RangeNotSatisfiable` or a storage fault. */
export async function outside<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    const { names, status } = read(error);
    if (names.some((name) => MISSING.has(name))) throw ObjectNotFound();
    if (status === 416) throw RangeNotSatisfiable();
    if (status === 412) throw ObjectChanged();
    throw storageFault(error);
  }
}

function read(error: unknown) {
  const { code, name, message, $metadata: { httpStatusCode: status = 0, attempts = 1 } = {} } = error as OutsideError;
  return { names: code ? [code, name] : [name], message, status, attempts };
}
