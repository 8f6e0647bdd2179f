import { Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { AppError } from 'src/core/errors/app-error';
import { IdempotencyMismatch } from 'src/core/errors/common.errors';
import { Database } from 'src/core/database/database';
import { Bus } from 'src/core/events/bus';
import { Jobs } from 'src/core/jobs/jobs';
import { Storage } from 'src/core/storage/storage';
import type { BeginUpload, UploadView } from 'src/modules/files/direct-uploads.dto';
import { cleanName } from 'src/modules/files/file-names';
import { FileRules } from 'src/modules/files/file-rules.service';
import { firstStatus, SAMPLE_BYTES, type DecidedType } from 'src/modules/files/file-type';
import { toFileView, type FileView } from 'src/modules/files/files.dto';
import { FileNotFound, UploadNotReceived } from 'src/modules/files/files.errors';
import { FilesRepository, type FileRow } from 'src/modules/files/files.repository';
import { Incoming } from 'src/modules/files/incoming';
import { QuotasService } from 'src/modules/files/quotas.service';
import { objectKey } from 'src/modules/files/object-key';

const LIFE_SECONDS = 3600;
/** Of what is not looked at yet; it is what a client must send, too. */
const UNKNOWN = 'application/octet-stream';

/**
 * Uploads in three steps: a place to send the bytes to is given out (in S3 itself where there is one, otherwise here), the client
 * sends them, and confirms. Only then they are looked at, and copied to a place that nobody can write to.
 */
@Injectable()
export class DirectUploadsService {
  constructor(
    private readonly db: Database,
    private readonly storage: Storage,
    private readonly files: FilesRepository,
    private readonly bus: Bus,
    private readonly jobs: Jobs,
    private readonly rules: FileRules,
    private readonly quotas: QuotasService,
  ) {}

  /** Throws `file.too_large`, `file.quota_exceeded`, `file.daily_quota_exceeded`, `idempotency.mismatch`. */
  async begin(userId: string, { file_name, file_size, client_id }: BeginUpload): Promise<UploadView> {
    this.rules.checkSize(file_size);
    const draft = {
      owner_id: userId,
      client_id: client_id ?? null,
      status: 'uploading' as const,
      kind: 'file' as const,
      file_name: cleanName(file_name),
      content_type: UNKNOWN,
      file_size,
      sha256: null,
      storage_key: `temp/${randomUUID()}`,
    };
    const file = await this.db.tx(async () => {
      const id = await this.files.insert(draft);
      if (id !== undefined) await this.quotas.take(userId, file_size);
      const row = id === undefined ? await this.files.byClientId(userId, client_id!) : await this.files.byId(id);
      if (!row || row.deleted_at || row.file_size !== file_size) throw IdempotencyMismatch();
      if (row.status !== 'uploading') return row;
      // whoever was away for longer than its place holds begins it anew
      return expiryOf(row) > Date.now() ? row : ((await this.files.renewUpload(row.id)) ?? row);
    });
    return this.view(file);
  }

  /** Takes the bytes where storage cannot do so itself. The place is a secret that `begin` gave out. Throws `file.not_found`. */
  async receive(uploadId: number, place: string, body: Readable): Promise<void> {
    const file = await this.files.byId(uploadId);
    if (file?.status !== 'uploading' || file.storage_key !== `temp/${place}` || expiryOf(file) < Date.now())
      throw FileNotFound({ file_id: uploadId });
    const incoming = new Incoming(body);
    try {
      const flow = Readable.from(incoming.flow(this.rules.largest));
      await this.storage.put(file.storage_key, flow, { contentType: UNKNOWN, size: file.file_size });
    } finally {
      incoming.discard();
    }
  }

  /** Safe to repeat. Throws `file.not_found`, `file.upload_not_received`, `file.type_not_allowed`, `file.too_large`. */
  async complete(userId: string, uploadId: number): Promise<FileView> {
    const file = await this.files.byId(uploadId);
    if (!file || file.owner_id !== userId || file.deleted_at) throw FileNotFound({ file_id: uploadId });
    if (file.status !== 'uploading') return toFileView(file);
    try {
      await this.takeIn(file);
    } catch (error) {
      // another call of the same may have been quicker, and has taken away what this one was reading
      const now = await this.files.byId(uploadId);
      if (!now || now.deleted_at || now.status === 'uploading') throw error;
    }
    return toFileView((await this.files.byId(uploadId))!);
  }

  private async takeIn(file: FileRow): Promise<void> {
    const { etag, head } = await this.sample(file);
    const type = await this.rules.typeOf(head, file.file_name);
    this.rules.checkSize(file.file_size, type.kind);
    const key = objectKey(`chat-files/${file.owner_id}`, type.extension);
    await this.storage.copy(file.storage_key, key, { etag, contentType: type.contentType });
    const arrived = await this.arrived(file.id, key, type);
    await this.storage.delete(arrived ? file.storage_key : key);
  }

  /** False if somebody else was quicker. */
  private arrived(id: number, key: string, { kind, contentType }: DecidedType): Promise<boolean> {
    const status = firstStatus(kind);
    return this.db.tx(async () => {
      const arrived = await this.files.arrived(id, {
        status,
        kind,
        content_type: contentType,
        storage_key: key,
      });
      if (!arrived) return false;
      await this.bus.publish('file.stored', { file_id: id });
      await this.jobs.enqueue('files.hash', { file_id: id });
      if (status === 'processing') await this.jobs.enqueue('files.process', { file_id: id });
      return true;
    });
  }

  private async sample(file: FileRow) {
    const found = await this.storage
      .get(file.storage_key, { start: 0, end: SAMPLE_BYTES - 1 })
      .catch((error: unknown) => {
        throw error instanceof AppError && error.status < 500 ? UploadNotReceived({ size: file.file_size }) : error;
      });
    const head = await buffer(found.body);
    if (found.size !== file.file_size) throw UploadNotReceived({ size: file.file_size });
    return { etag: found.etag, head };
  }

  private async view(file: FileRow): Promise<UploadView> {
    const { id, storage_key: key, file_size: size } = file;
    const seconds = Math.max(1, Math.floor((expiryOf(file) - Date.now()) / 1000));
    const link = await this.storage.linkToPut(key, { seconds, contentType: UNKNOWN, size });
    return {
      upload_id: id,
      method: 'PUT',
      url: link ?? `/api/v1/files/uploads/${id}/bytes/${key.slice('temp/'.length)}`,
      headers: { 'content-type': UNKNOWN },
      expires_at: new Date(expiryOf(file)).toISOString(),
      file: file.status === 'uploading' ? null : toFileView(file),
    };
  }
}

const expiryOf = (file: FileRow) => file.created_at.getTime() + LIFE_SECONDS * 1000;
