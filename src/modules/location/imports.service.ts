import { Inject, Injectable } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { ENV, type Env } from 'src/config/env';
import type { Principal } from 'src/core/context/context';
import { Database } from 'src/core/database/database';
import type { IncomingFile } from 'src/core/http/multipart';
import { Jobs } from 'src/core/jobs/jobs';
import { KnowsObjects } from 'src/core/storage/known-objects';
import { Storage } from 'src/core/storage/storage';
import { fixOf, GpxReader, NotGpx, type GpxPoint } from 'src/modules/location/gpx';
import { toImportView, type ImportRow, type ImportView } from 'src/modules/location/imports.dto';
import { ImportsRepository, type ImportedPoint } from 'src/modules/location/imports.repository';
import { HistoryIsOff, ImportNotFound, ImportTooLarge, TooManyImports } from 'src/modules/location/location.errors';
import { limitsOf, toBits, WayJudge } from 'src/modules/location/plausibility';
import { RetentionService } from 'src/modules/location/retention.service';
import { v7 as uuid } from 'uuid';

const MOST_OPEN = 3;
const MOST_LISTED = 50;
const BATCH = 1000;

/** Tracks of other apps, taken into the history. Neither the file nor its points are ever in memory whole. */
@Injectable()
export class ImportsService {
  constructor(
    private readonly db: Database,
    private readonly jobs: Jobs,
    private readonly storage: Storage,
    private readonly imports: ImportsRepository,
    private readonly retention: RetentionService,
    @Inject(ENV) private readonly env: Env,
  ) {}

  /**
   * Keeps the file, and has it read by a worker. Throws `location.history_off`, `location.too_many_imports`,
   * `location.import_too_large`.
   */
  async begin({ userId }: Principal, { name, body }: IncomingFile): Promise<ImportView> {
    if (!(await this.retention.keeps(userId))) throw HistoryIsOff();
    if ((await this.imports.countOpen(userId)) >= MOST_OPEN) throw TooManyImports({ limit: MOST_OPEN });
    const key = `imports/${userId}/${uuid()}.gpx`;
    const track = Readable.from(upTo(this.env.LOCATION_IMPORT_MAX_BYTES, body));
    const { size } = await this.storage.put(key, track, { contentType: 'application/gpx+xml' });
    return this.db.tx(async () => {
      const row = await this.imports.insert(userId, key, name, size);
      await this.jobs.enqueue('location.import', { import_id: row.id });
      return toImportView(row);
    });
  }

  async get({ userId }: Principal, id: number): Promise<ImportView> {
    const row = await this.imports.byId(id);
    if (row?.user_id !== userId) throw ImportNotFound({ import_id: id });
    return toImportView(row);
  }

  async list({ userId }: Principal): Promise<ImportView[]> {
    return (await this.imports.list(userId, MOST_LISTED)).map(toImportView);
  }

  /** Reads a track into the history. May run again after it was interrupted: what is there already is not stored twice. */
  async run(id: number): Promise<void> {
    const row = await this.imports.byId(id);
    if (!row) return;
    if (!row.ended_at) await this.finish(row);
    await this.storage.delete(row.storage_key);
  }

  @KnowsObjects('imports/')
  known(keys: string[]): Promise<string[]> {
    return this.imports.knownKeys(keys);
  }

  /** Deletes the user's files that are not read yet. */
  async forgetFiles(userId: string): Promise<void> {
    for await (const { key } of this.storage.list(`imports/${userId}/`)) await this.storage.delete(key);
  }

  private async finish(row: ImportRow) {
    try {
      await this.read(row);
      // what was chosen since it began holds for these points too
      await this.retention.applyChoice(row.user_id);
      await this.imports.end(row.id, 'done', null);
    } catch (error) {
      if (!(error instanceof NotGpx)) throw error;
      await this.imports.end(row.id, 'failed', 'not_gpx');
    }
  }

  /** Stores the points, but for those of spans that the user has deleted since he gave us the file; gives how many. */
  private async store({ id, user_id: userId }: ImportRow, points: ImportedPoint[], isPermanent: boolean) {
    return this.db.tx(async () => {
      await this.imports.lock(userId);
      const spans = await this.imports.leftOut(id);
      const isDeleted = ({ recordedAt }: ImportedPoint) =>
        spans.some(({ from, to }) => (!from || recordedAt >= from) && (!to || recordedAt < to));
      const wanted = points.filter((point) => !isDeleted(point));
      if (wanted.length) await this.imports.store(userId, wanted, isPermanent);
      return wanted.length;
    });
  }

  private async read(row: ImportRow) {
    const reader = new GpxReader();
    const { earliest, isPermanent } = await this.retention.keptFrom(row.user_id);
    // of the whole file and of nothing else, so that reading it again judges the same
    const judge = new WayJudge(limitsOf(this.env));
    const counts = { bytesRead: 0, stored: 0, refused: 0 };
    let waiting: GpxPoint[] = [];
    const store = async (points: GpxPoint[]) => {
      const good = points
        .flatMap((point) => checked(point, row.created_at) ?? [])
        .map((point) => ({ ...point, flags: toBits(judge.flagsOf(point)) }))
        .filter(({ recordedAt }) => recordedAt >= earliest);
      const stored = good.length ? await this.store(row, good, isPermanent) : 0;
      counts.stored += stored;
      counts.refused += points.length - stored;
      await this.imports.progress(row.id, counts);
    };
    const { body } = await this.storage.get(row.storage_key);
    for await (const bytes of body as AsyncIterable<Buffer>) {
      counts.bytesRead += bytes.length;
      waiting.push(...reader.take(bytes));
      while (waiting.length >= BATCH) await store(waiting.splice(0, BATCH));
    }
    waiting = waiting.concat(reader.end());
    await store(waiting);
  }
}

/** All bytes; throws `location.import_too_large` as soon as there are more than `limit`. */
async function* upTo(limit: number, body: Readable): AsyncGenerator<Buffer> {
  let size = 0;
  for await (const bytes of body as AsyncIterable<Buffer>) {
    size += bytes.length;
    if (size > limit) throw ImportTooLarge({ limit });
    yield bytes;
  }
}

/** The point, if it is one at a moment that had been when its file came. */
function checked(point: GpxPoint, now: Date): Omit<ImportedPoint, 'flags'> | undefined {
  const fix = fixOf(point);
  if (!fix || fix.recordedAt > now) return undefined;
  const digest = createHash('sha256').update(`${fix.latitude} ${fix.longitude} ${fix.altitude}`).digest('base64url');
  return { ...fix, name: `gpx-${digest.slice(0, 22)}` };
}
