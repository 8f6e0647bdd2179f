import path from 'node:path';
import type { Env } from 'src/config/env';
import { DiskStorage } from 'src/core/storage/disk-storage';
import { S3Storage } from 'src/core/storage/s3-storage';
import type { Storage } from 'src/core/storage/storage';

type StorageSettings = Pick<
  Env,
  | 'MUSTER_HOME'
  | 'AWS_S3_BUCKET'
  | 'AWS_REGION'
  | 'AWS_S3_ENDPOINT'
  | 'AWS_S3_FORCE_PATH_STYLE'
  | 'AWS_S3_TIMEOUT_MS'
  | 'AWS_ACCESS_KEY_ID'
  | 'AWS_SECRET_ACCESS_KEY'
>;

/** A bucket if one is configured, otherwise the folder `files` under MUSTER_HOME. Connects to nothing yet. */
export function createStorage(env: StorageSettings): Storage {
  if (!env.AWS_S3_BUCKET) return new DiskStorage(path.resolve(env.MUSTER_HOME, 'files'));
  return new S3Storage({
    bucket: env.AWS_S3_BUCKET,
    region: env.AWS_REGION,
    endpoint: env.AWS_S3_ENDPOINT,
    forcePathStyle: env.AWS_S3_FORCE_PATH_STYLE,
    timeoutMs: env.AWS_S3_TIMEOUT_MS,
    accessKeyId: env.AWS_ACCESS_KEY_ID,
    secretAccessKey: env.AWS_SECRET_ACCESS_KEY,
  });
}
