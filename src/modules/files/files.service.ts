import { Injectable } from '@nestjs/common';
import { Database } from 'src/core/database/database';
import type { AppError } from 'src/core/errors/app-error';
import { Bus } from 'src/core/events/bus';
import { Jobs } from 'src/core/jobs/jobs';
import { Storage } from 'src/core/storage/storage';
import { FileUses } from 'src/modules/files/file-uses.service';
import { toFileView, type FileView } from 'src/modules/files/files.dto';
import { FileNotFound } from 'src/modules/files/files.errors';
import { FilesRepository, type FileRow } from 'src/modules/files/files.repository';
import { RenditionsRepository } from 'src/modules/files/renditions.repository';

/** What has been uploaded: who may read it, who may use it, and when it goes. */
@Injectable()
export class FilesService {
  constructor(
    private readonly db: Database,
    private readonly bus: Bus,
    private readonly jobs: Jobs,
    private readonly storage: Storage,
    private readonly uses: FileUses,
    private readonly files: FilesRepository,
    private readonly renditions: RenditionsRepository,
  ) {}

  /**
   * Files of those who want to refer to them, for the feature that does so for many at once: call it in the transaction that does, to
   * whose end they stay. For each the file, or `file.not_found` for those of others, unknown ones and unfinished uploads.
   */
  async attachable(wanted: { ownerId: string; fileId: number }[]): Promise<(FileView | AppError)[]> {
    const rows = wanted.length ? await this.files.keep(wanted) : [];
    const found = new Map(rows.map((row) => [`${row.owner_id}:${row.id}`, toFileView(row)]));
    return wanted.map(({ ownerId, fileId }) => found.get(`${ownerId}:${fileId}`) ?? FileNotFound({ file_id: fileId }));
  }

  /**
   * The same for files that others may have uploaded: that those who refer to them may read them is the caller's to know. For each the
   * file, or `file.not_found` for those that are gone.
   */
  async shareable(fileIds: number[]): Promise<(FileView | AppError)[]> {
    const found = viewsOf(fileIds.length ? await this.files.keepAnyones(fileIds) : []);
    return fileIds.map((id) => found.get(id) ?? FileNotFound({ file_id: id }));
  }

  /** Those of the files that exist, by id, for whoever may read them: that is the caller's to know. */
  async views(fileIds: number[]): Promise<Map<number, FileView>> {
    return viewsOf(fileIds.length ? await this.files.byIds(fileIds) : []);
  }

  /** Keeps the file from going to the end of the transaction, for a feature that keeps its bytes from then on; false if it has gone. */
  async hold(fileId: number): Promise<boolean> {
    if (!this.db.inTransaction) throw new Error('a file held outside a transaction');
    return this.files.hold(fileId);
  }

  /** Files that the caller keeps (`@KeepsFiles`), by id, gone or not. Who may see them is the caller's to know. */
  async keptViews(fileIds: number[]): Promise<Map<number, FileView>> {
    return viewsOf(fileIds.length ? await this.files.evenGone(fileIds) : []);
  }

  /** A file that the caller keeps, gone or not. Throws `file.not_found`. */
  async kept(id: number): Promise<FileRow> {
    const [file] = await this.files.evenGone([id]);
    if (!file) throw FileNotFound({ file_id: id });
    return file;
  }

  /** A feature has stopped keeping files: the bytes of those that are gone go too. Call it in the transaction that did so. */
  async letGo(fileIds: number[]): Promise<void> {
    if (!this.db.inTransaction) throw new Error('files let go outside a transaction');
    await this.jobs.enqueueAll(
      'files.remove',
      fileIds.map((id) => ({ file_id: id })),
    );
  }

  /** Throws `file.not_found`, for those too that the user may not read. */
  async get(userId: string, id: number): Promise<FileView> {
    return toFileView(await this.access(userId, id));
  }

  /**
   * The only way to a file on a user's behalf: his own, or one that some feature lets him read now. Everybody else is told that it
   * does not exist.
   */
  async access(userId: string, id: number): Promise<FileRow> {
    const [file] = await this.files.byIds([id]);
    const may = file && (file.owner_id === userId || (await this.uses.readable(userId, [id])).has(id));
    if (!file || !may) throw FileNotFound({ file_id: id });
    return file;
  }

  /** Its owner takes it back: from now on nobody can read it, whatever refers to it. */
  async remove(userId: string, id: number): Promise<void> {
    await this.db.tx(async () => {
      const [file] = await this.files.byIds([id]);
      if (file?.owner_id !== userId || !(await this.discard(id))) throw FileNotFound({ file_id: id });
    });
  }

  /** From now on nobody can read it, whatever refers to it; false if that was so already. */
  discard(id: number): Promise<boolean> {
    return this.db.tx(async () => {
      if (!(await this.files.markDeleted(id))) return false;
      await this.bus.publish('file.deleted', { file_id: id });
      await this.jobs.enqueue('files.remove', { file_id: id });
      return true;
    });
  }

  /** A feature has stopped referring to files: those that nothing needs any more go. Call it in the transaction that did so. */
  async release(fileIds: number[]): Promise<void> {
    if (!this.db.inTransaction) throw new Error('files released outside a transaction');
    if (fileIds.length) await this.jobs.enqueue('files.collect', { file_ids: fileIds });
  }

  /** Marks those of the files as gone that nothing needs, and has their bytes removed. */
  async collect(fileIds: number[]): Promise<void> {
    await this.db.tx(async () => {
      const held = await this.files.lock(fileIds);
      const used = await this.uses.used(held);
      for (const id of held.filter((one) => !used.has(one))) {
        await this.files.markDeleted(id);
        await this.jobs.enqueue('files.remove', { file_id: id });
      }
    });
  }

  /**
   * Removes the bytes of a file that is marked as gone and that nobody keeps (or whoever keeps it), and its row once nothing refers to it.
   * May run twice.
   */
  async erase(id: number, { evenKept = false } = {}): Promise<void> {
    const file = await this.db.tx(() => this.files.lockDeleted(id));
    if (!file || (!evenKept && (await this.uses.kept([id])).has(id))) return;
    const made = await this.renditions.of(id);
    for (const { storage_key: key } of [file, ...made]) await this.storage.delete(key);
    await this.db.tx(async () => {
      const gone = await this.files.lockDeleted(id);
      if (gone && !(await this.uses.used([id])).has(id)) await this.files.remove(id);
    });
  }
}

const viewsOf = (rows: FileRow[]) => new Map(rows.map((row) => [row.id, toFileView(row)]));
