import { Injectable } from '@nestjs/common';
import { Readable } from 'node:stream';
import { Database } from 'src/core/database/database';
import { IdempotencyMismatch } from 'src/core/errors/common.errors';
import { Bus } from 'src/core/events/bus';
import { Jobs } from 'src/core/jobs/jobs';
import type { IncomingFile } from 'src/core/http/multipart';
import { Leftovers } from 'src/core/storage/leftovers';
import { Storage } from 'src/core/storage/storage';
import { cleanName } from 'src/modules/files/file-names';
import { FileRules } from 'src/modules/files/file-rules.service';
import { firstStatus, SAMPLE_BYTES } from 'src/modules/files/file-type';
import type { FileView } from 'src/modules/files/files.dto';
import { FileEmpty, FileNotFound } from 'src/modules/files/files.errors';
import { FilesRepository, type NewFile } from 'src/modules/files/files.repository';
import { FilesService } from 'src/modules/files/files.service';
import { Incoming } from 'src/modules/files/incoming';
import { objectKey } from 'src/modules/files/object-key';
import { QuotasService } from 'src/modules/files/quotas.service';

export interface Destination {
  ownerId: string;
  /** The first part of the key in storage: `chat-files/12`, `avatars/<user id>`. */
  folder: string;
  /** The owner's own name of the upload, so that a retry makes no second file. */
  clientId?: string;
  /** Of a recording, if the client has measured it. */
  waveform?: number[];
}

/** Takes files in: first their bytes into storage, then their rows. What fails in between is removed, at the latest by the sweeper. */
@Injectable()
export class UploadsService {
  constructor(
    private readonly db: Database,
    private readonly bus: Bus,
    private readonly jobs: Jobs,
    private readonly storage: Storage,
    private readonly leftovers: Leftovers,
    private readonly files: FilesService,
    private readonly rows: FilesRepository,
    private readonly rules: FileRules,
    private readonly quotas: QuotasService,
  ) {}

  /**
   * Stores all of the files or none, in their order. Throws `file.too_large`, `file.type_not_allowed`, `file.empty`, those of a
   * quota, and `idempotency.mismatch` if the client id stands for other bytes; what their sequence throws, it throws too.
   */
  async take(destination: Destination, files: AsyncIterable<IncomingFile>): Promise<FileView[]> {
    const stored: NewFile[] = [];
    try {
      for await (const file of files) stored.push(await this.store(destination, file, stored.length));
    } catch (error) {
      await this.leftovers.discard(keysOf(stored));
      throw error;
    }
    const ids = await this.leftovers.unlessRegistered(keysOf(stored), () => this.register(stored));
    await this.leftovers.discard(keysOf(stored).filter((key, index) => ids[index]!.key !== key));
    const views = await this.files.views(ids.map(({ id }) => id));
    return ids.map(({ id }) => views.get(id)!);
  }

  private async store(
    { ownerId, folder, clientId, waveform }: Destination,
    { name, body }: IncomingFile,
    index: number,
  ): Promise<NewFile> {
    const incoming = new Incoming(body);
    try {
      const head = await incoming.head(SAMPLE_BYTES);
      if (!head.length) throw FileEmpty();
      const type = await this.rules.typeOf(head, name);
      const key = objectKey(folder, type.extension);
      const flow = Readable.from(incoming.flow(this.rules.limitOf(type.kind)));
      await this.storage.put(key, flow, { contentType: type.contentType });
      return {
        owner_id: ownerId,
        client_id: clientId === undefined || index === 0 ? (clientId ?? null) : `${clientId}:${index}`,
        waveform: type.kind === 'audio' ? waveform : null,
        status: firstStatus(type.kind),
        kind: type.kind,
        file_name: cleanName(name),
        content_type: type.contentType,
        file_size: incoming.size,
        sha256: incoming.sha256(),
        storage_key: key,
      };
    } finally {
      incoming.discard();
    }
  }

  private register(stored: NewFile[]): Promise<{ id: number; key: string }[]> {
    return this.db.tx(async () => {
      const ids: { id: number; key: string }[] = [];
      for (const file of stored) {
        const id = await this.rows.insert(file);
        ids.push(id === undefined ? await this.repeated(file) : { id, key: file.storage_key });
        if (id === undefined) continue;
        await this.quotas.take(file.owner_id, file.file_size);
        await this.bus.publish('file.stored', { file_id: id });
        if (file.status === 'processing') await this.jobs.enqueue('files.process', { file_id: id });
      }
      return ids;
    });
  }

  private async repeated(file: NewFile): Promise<{ id: number; key: string }> {
    const first = await this.rows.byClientId(file.owner_id, file.client_id!);
    if (!first) throw FileNotFound(); // removed in this moment
    if (first.sha256 !== file.sha256) throw IdempotencyMismatch();
    return { id: first.id, key: first.storage_key };
  }
}

const keysOf = (files: NewFile[]) => files.map(({ storage_key: key }) => key);
