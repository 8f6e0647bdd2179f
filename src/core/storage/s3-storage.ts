import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  paginateListObjectsV2,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { Readable } from 'node:stream';
import { Intake } from 'src/core/storage/intake';
import { checkKey, checkPrefix } from 'src/core/storage/keys';
import { checkRange } from 'src/core/storage/range';
import type {
  ByteRange,
  ListedObject,
  ObjectInfo,
  OpenObject,
  PutOptions,
  ReadLink,
  Storage,
  WriteLink,
} from 'src/core/storage/storage';
import { outside, storageFault } from 'src/core/storage/storage-fault';

export interface S3Settings {
  bucket: string;
  region: string;
  /** Undefined for Amazon's own. */
  endpoint?: string;
  forcePathStyle: boolean;
  /** Until the answer begins: enough for the largest piece that we send at once. */
  timeoutMs: number;
  /** Without key and secret the SDK looks in its usual places: the environment, a profile, the machine's role. */
  accessKeyId?: string;
  secretAccessKey?: string;
}

const PATIENCE = {
  connectionTimeout: 2_000,
  throwOnRequestTimeout: true,
  /** Of silence while a body flows; a slow reader of a download is also silence. */
  socketTimeout: 60_000,
};
const ATTEMPTS = 3;
/** The smallest that S3 takes. A body of at most one piece is sent by one request; at most `PIECES_AT_ONCE` are held in memory. */
const PIECE_BYTES = 5 * 1024 * 1024;
const PIECES_AT_ONCE = 2;

/** Objects in a bucket of Amazon S3 or of a server that speaks its protocol. */
export class S3Storage implements Storage {
  private readonly client: S3Client;
  private readonly bucket: string;

  constructor(private readonly settings: S3Settings) {
    const { accessKeyId, secretAccessKey } = settings;
    this.bucket = settings.bucket;
    this.client = new S3Client({
      region: settings.region,
      endpoint: settings.endpoint,
      forcePathStyle: settings.forcePathStyle,
      credentials: accessKeyId && secretAccessKey ? { accessKeyId, secretAccessKey } : undefined,
      maxAttempts: ATTEMPTS,
      requestHandler: { ...PATIENCE, requestTimeout: settings.timeoutMs },
      // The signature covers the SHA-256 of each piece, so a server that checks signatures refuses what was changed on the way.
      // By default the SDK frames streams with a checksum, which servers other than Amazon's refuse or, worse, store with the frames.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
    });
  }

  async put(key: string, body: Readable | Buffer, { contentType, size }: PutOptions): Promise<{ size: number }> {
    checkKey(key);
    const intake = new Intake(body, size);
    const upload = new Upload({
      client: this.client,
      params: { Bucket: this.bucket, Key: key, Body: Readable.from(intake.flow()), ContentType: contentType },
      partSize: PIECE_BYTES,
      queueSize: PIECES_AT_ONCE,
    });
    try {
      await upload.done();
      return { size: intake.size };
    } catch (error) {
      throw intake.senderError ?? storageFault(error);
    } finally {
      intake.discard();
    }
  }

  async get(key: string, range?: ByteRange): Promise<OpenObject> {
    checkRange(range);
    const found = await this.ask(
      (at) => this.client.send(new GetObjectCommand({ ...at, Range: range && `bytes=${range.start}-${range.end}` })),
      key,
    );
    const size = sizeIn(found.ContentRange) ?? found.ContentLength;
    return { ...infoOf({ ...found, ContentLength: size }), body: found.Body as Readable };
  }

  async head(key: string): Promise<ObjectInfo> {
    return infoOf(await this.ask((at) => this.client.send(new HeadObjectCommand(at)), key));
  }

  async delete(key: string): Promise<void> {
    await this.ask((at) => this.client.send(new DeleteObjectCommand(at)), key);
  }

  async *list(prefix: string): AsyncIterable<ListedObject> {
    const pages = paginateListObjectsV2({ client: this.client }, { Bucket: this.bucket, Prefix: checkPrefix(prefix) });
    for (;;) {
      const page = await outside(() => pages.next());
      if (page.done) return;
      for (const { Key, Size, LastModified } of page.value.Contents ?? [])
        if (Key) yield { key: Key, size: Size ?? 0, modifiedAt: LastModified ?? new Date(0) };
    }
  }

  linkTo(key: string, { seconds, contentType, contentDisposition }: ReadLink): Promise<string> {
    const shown = { ResponseContentType: contentType, ResponseContentDisposition: contentDisposition };
    const command = new GetObjectCommand({ Bucket: this.bucket, Key: checkKey(key), ...shown });
    return getSignedUrl(this.client, command, { expiresIn: seconds });
  }

  linkToPut(key: string, { seconds, contentType, size }: WriteLink): Promise<string> {
    const sent = { ContentType: contentType, ContentLength: size };
    const command = new PutObjectCommand({ Bucket: this.bucket, Key: checkKey(key), ...sent });
    const signableHeaders = new Set(['host', 'content-type', 'content-length']);
    return getSignedUrl(this.client, command, { expiresIn: seconds, signableHeaders });
  }

  async copy(from: string, to: string, { etag, contentType }: { etag?: string; contentType: string }): Promise<void> {
    const source = { CopySource: `${this.bucket}/${checkKey(from)}`, CopySourceIfMatch: etag && `"${etag}"` };
    const changed = { MetadataDirective: 'REPLACE' as const, ContentType: contentType };
    await this.ask((at) => this.client.send(new CopyObjectCommand({ ...at, ...source, ...changed })), to);
  }

  describe(): string {
    const { bucket, endpoint, region } = this.settings;
    return `S3 bucket ${bucket} at ${endpoint ?? `Amazon, ${region}`}`;
  }

  close(): void {
    this.client.destroy();
  }

  private ask<T>(question: (at: { Bucket: string; Key: string }) => Promise<T>, key: string): Promise<T> {
    const at = { Bucket: this.bucket, Key: checkKey(key) };
    return outside(() => question(at));
  }
}

const infoOf = (found: { ContentLength?: number; ContentType?: string; ETag?: string; LastModified?: Date }) => ({
  size: found.ContentLength ?? 0,
  contentType: found.ContentType ?? 'application/octet-stream',
  etag: (found.ETag ?? '').replaceAll('"', ''),
  modifiedAt: found.LastModified ?? new Date(0),
});

/** `bytes 0-9/200` → 200. */
const sizeIn = (contentRange: string | undefined) => (contentRange ? Number(contentRange.split('/')[1]) : undefined);
