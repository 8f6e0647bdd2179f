import { CreateBucketCommand, ListMultipartUploadsCommand, S3Client } from '@aws-sdk/client-s3';
import { randomBytes } from 'node:crypto';
import type { Server } from 'node:http';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { Way } from 'test/support/way';
// @ts-expect-error: it has no types
import S3rver from 's3rver';

const BUCKET = 'muster-test';

interface Koa {
  method: string;
  status: number;
  query: { uploadId?: string };
}
interface S3Server {
  httpServer: Server;
  middleware: ((ctx: Koa, next: () => Promise<void>) => Promise<void>)[];
  run(): Promise<AddressInfo>;
  close(): Promise<void>;
}
const S3rverServer = S3rver as new (options: Record<string, unknown>) => S3Server;

/** An empty bucket at a server that speaks S3. */
export interface TestS3 {
  /** For `createStorage`, or for the environment of a whole app. */
  env: {
    AWS_S3_BUCKET: string;
    AWS_REGION: string;
    AWS_S3_ENDPOINT: string;
    AWS_S3_FORCE_PATH_STYLE: boolean;
    AWS_S3_TIMEOUT_MS: number;
    AWS_ACCESS_KEY_ID: string;
    AWS_SECRET_ACCESS_KEY: string;
  };
  /** The ids of multipart uploads that were begun and neither completed nor aborted. */
  openUploads: () => Promise<string[]>;
  /** To the server, on which things can go wrong; the server itself goes on. */
  way: Way;
  stop: () => Promise<void>;
}

/** A bucket of one's own at s3rver, or at the server of TEST_S3_ENDPOINT (`npm run test:s3`). `stop` it at the end. */
export const startS3 = (): Promise<TestS3> => {
  const { TEST_S3_ENDPOINT: endpoint } = process.env;
  return endpoint ? bucketAt(endpoint) : startS3rver();
};

const settings = (endpoint: string, bucket: string, keyId: string, secret: string) => ({
  AWS_S3_BUCKET: bucket,
  AWS_REGION: 'us-east-1',
  AWS_S3_ENDPOINT: endpoint,
  AWS_S3_FORCE_PATH_STYLE: true,
  AWS_S3_TIMEOUT_MS: 10_000,
  AWS_ACCESS_KEY_ID: keyId,
  AWS_SECRET_ACCESS_KEY: secret,
});

async function startS3rver(): Promise<TestS3> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'muster-s3-'));
  const uploads = path.join(directory, BUCKET, '._S3rver_uploads');
  const configureBuckets = [{ name: BUCKET }];
  const server = new S3rverServer({ address: '127.0.0.1', port: 0, silent: true, directory, configureBuckets });
  // s3rver does not know AbortMultipartUpload.
  server.middleware.unshift(async (ctx, next) => {
    if (ctx.method !== 'DELETE' || !ctx.query.uploadId) return next();
    await rm(path.join(uploads, ctx.query.uploadId), { recursive: true });
    ctx.status = 204;
  });
  const { port } = await server.run();
  const way = await Way.to(`http://127.0.0.1:${port}`);
  return {
    env: settings(way.url, BUCKET, 'S3RVER', 'S3RVER'),
    openUploads: () => readdir(uploads).catch(() => []),
    way,
    stop: async () => {
      await way.shut();
      server.httpServer.closeAllConnections();
      await server.close();
      await rm(directory, { recursive: true });
    },
  };
}

async function bucketAt(endpoint: string): Promise<TestS3> {
  const { TEST_S3_ACCESS_KEY_ID: keyId, TEST_S3_SECRET_ACCESS_KEY: secret } = process.env as Record<string, string>;
  const bucket = `${BUCKET}-${randomBytes(6).toString('hex')}`;
  const client = new S3Client({
    endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: keyId!, secretAccessKey: secret! },
  });
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  const way = await Way.to(endpoint);
  return {
    env: settings(way.url, bucket, keyId!, secret!),
    openUploads: async () => {
      const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
      return Uploads.map(({ UploadId }) => UploadId!);
    },
    way,
    stop: async () => {
      await way.shut();
      client.destroy();
    },
  };
}
