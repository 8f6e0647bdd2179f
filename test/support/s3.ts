import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
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

/** A server that speaks S3, on a free port of this machine, with an empty bucket in a folder of its own. `stop` it at the end. */
export async function startS3() {
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

  return {
    /** For `createStorage`, or for the environment of a whole app. */
    env: {
      AWS_S3_BUCKET: BUCKET,
      AWS_REGION: 'us-east-1',
      AWS_S3_ENDPOINT: `http://127.0.0.1:${port}`,
      AWS_S3_FORCE_PATH_STYLE: true,
      AWS_ACCESS_KEY_ID: 'S3RVER',
      AWS_SECRET_ACCESS_KEY: 'S3RVER',
    },
    /** The ids of multipart uploads that were begun and neither completed nor aborted. */
    openUploads: () => readdir(uploads).catch(() => []),
    /** Ends the server as a crash would, and keeps its folder. May be called twice. */
    halt: async () => {
      server.httpServer.closeAllConnections();
      if (server.httpServer.listening) await server.close();
    },
    async stop() {
      await this.halt();
      await rm(directory, { recursive: true });
    },
  };
}
