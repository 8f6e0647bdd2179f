import { Injectable, Logger } from '@nestjs/common';
import { Database } from 'src/core/database/database';
import { Jobs } from 'src/core/jobs/jobs';
import { KnownObjects, KnowsObjects } from 'src/core/storage/known-objects';
import { Storage } from 'src/core/storage/storage';
import { ObjectNotFound } from 'src/core/storage/storage.errors';
import { AppError } from 'src/core/errors/app-error';
import { FileUses } from 'src/modules/files/file-uses.service';
import { SweepRepository, type SweptFile } from 'src/modules/files/sweep.repository';

const AT_ONCE = 200;
/** Of one run; the next goes on. */
const LOTS = 50;
/** What is younger may be on its way. */
const YOUNG_MS = 24 * 3_600_000;
/** So many that miss their other half are no accident but rows and objects that are not each other's. */
const SUSPICIOUS = 10;
const isSuspicious = (alone: number, all: number) => alone >= SUSPICIOUS && alone >= all / 2;

/** Brings rows and objects into agreement, and removes what nothing refers to. */
@Injectable()
export class SweeperService {
  private readonly logger = new Logger('FileSweeper');

  constructor(
    private readonly db: Database,
    private readonly jobs: Jobs,
    private readonly storage: Storage,
    private readonly objects: KnownObjects,
    private readonly uses: FileUses,
    private readonly files: SweepRepository,
  ) {}

  /** Looks at all files whose turn it is: new ones after a day, others every week; and has those looked into that were given up. */
  async sweepRows(): Promise<void> {
    const left = (await this.files.unprocessed()).map((id) => ({ file_id: id }));
    await this.jobs.enqueueMissing('files.process', left);
    for (let lot = 0; lot < LOTS; lot++) {
      const due = await this.files.due(AT_ONCE);
      const missing = await this.missing(due);
      const trusted = !missing.size || (await this.isRightStorage(due, missing.size));
      await this.judge(due, trusted ? missing : new Map<number, string>());
      if (due.length < AT_ONCE) return;
    }
  }

  @KnowsObjects('chat-files/', 'avatars/', 'temp/')
  known(keys: string[]): Promise<string[]> {
    return this.files.knownKeys(keys);
  }

  /** Removes objects that belong to nothing; not if that is most of them, as before a database is restored. */
  async sweepObjects(now = new Date()): Promise<void> {
    for (const folder of this.objects.folders()) {
      let keys: string[] = [];
      let trusted = true;
      for await (const { key, modifiedAt } of this.storage.list(folder)) {
        if (now.getTime() - modifiedAt.getTime() < YOUNG_MS) continue;
        keys.push(key);
        if (keys.length < AT_ONCE) continue;
        trusted = await this.removeUnknown(folder, keys);
        keys = [];
        if (!trusted) break;
      }
      if (trusted) await this.removeUnknown(folder, keys);
    }
  }

  private async judge(due: SweptFile[], missing: Map<number, string>) {
    await this.db.tx(async () => {
      const held = await this.files.lock(due.map(({ id }) => id));
      const used = await this.uses.used(held.map(({ id }) => id));
      const gone = held.filter(
        ({ id, storage_key: key, deleted_at, status }) =>
          deleted_at || missing.get(id) === key || status === 'uploading' || !used.has(id),
      );
      await this.files.lookAgain(held.map(({ id }) => id));
      await this.files.markDeleted(gone.map(({ id }) => id));
      await this.jobs.enqueueAll(
        'files.remove',
        gone.map(({ id }) => ({ file_id: id })),
      );
    });
  }

  /** Those whose bytes are not where they were said to be, and where that was: one that is moved meanwhile is not lost. */
  private async missing(files: SweptFile[]): Promise<Map<number, string>> {
    const lost = new Map<number, string>();
    for (const { id, storage_key: key, deleted_at, status } of files) {
      if (deleted_at || status === 'uploading') continue;
      const here = await this.storage.head(key).catch((error: unknown) => {
        if (error instanceof AppError && error.code === ObjectNotFound().code) return undefined;
        throw error;
      });
      if (!here) lost.set(id, key);
    }
    return lost;
  }

  /** A few are due at a time: what they tell of the storage is asked of others, too. */
  private async isRightStorage(due: SweptFile[], missing: number): Promise<boolean> {
    const others = await this.files.others(
      due.map(({ id }) => id),
      AT_ONCE - due.length,
    );
    const [alone, all] = [missing + (await this.missing(others)).size, due.length + others.length];
    if (!isSuspicious(alone, all)) return true;
    this.logger.error(`${alone} of ${all} files are not in storage: is it the right one?`);
    return false;
  }

  /** False if so many belong to nothing that the database may be the wrong one; then none is removed. */
  private async removeUnknown(folder: string, keys: string[]): Promise<boolean> {
    const unknown = await this.objects.unknown(folder, keys);
    if (isSuspicious(unknown.length, keys.length)) {
      this.logger.error(
        `${unknown.length} of ${keys.length} objects in ${folder} belong to nothing: is it the right database?`,
      );
      return false;
    }
    for (const key of unknown) {
      this.logger.warn(`${key} belongs to nothing and is removed`);
      await this.storage.delete(key);
    }
    return true;
  }
}
