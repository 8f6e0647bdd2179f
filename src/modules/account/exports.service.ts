import { Inject, Injectable } from '@nestjs/common';
import { createHmac, timingSafeEqual } from 'node:crypto';
import { ENV, type Env } from 'src/config/env';
import { RateLimited } from 'src/core/errors/common.errors';
import { Database } from 'src/core/database/database';
import { Bus } from 'src/core/events/bus';
import { Jobs } from 'src/core/jobs/jobs';
import { KnowsObjects } from 'src/core/storage/known-objects';
import { Storage, type ByteRange, type ObjectInfo, type OpenObject } from 'src/core/storage/storage';
import { ExportNotFound } from 'src/modules/account/account.errors';
import { ExportArchive } from 'src/modules/account/export-archive';
import { toExportView, type ExportView } from 'src/modules/account/exports.dto';
import type { DataExport } from 'src/modules/account/exports.entities';
import { ExportsRepository } from 'src/modules/account/exports.repository';
import { UsersService } from 'src/modules/users/users.service';

const LINK_HOURS = 24;
const EXPORTS_A_DAY = 3;

const keyOf = (id: number) => `exports/${id}.zip`;
/** 0 of what is no key of ours. */
const idOf = (key: string) => Number(/^exports\/([1-9]\d{0,14})\.zip$/.exec(key)?.[1] ?? 0);

/** People's data for themselves: made by a worker, fetched by a link that cannot be guessed, and gone after a day. */
@Injectable()
export class ExportsService {
  constructor(
    @Inject(ENV) private readonly env: Env,
    private readonly db: Database,
    private readonly bus: Bus,
    private readonly jobs: Jobs,
    private readonly users: UsersService,
    private readonly exports: ExportsRepository,
    private readonly archive: ExportArchive,
    private readonly storage: Storage,
  ) {}

  /** The user's newest export; if he has none, a new one is begun. Throws like `start`. */
  async current(userId: string): Promise<ExportView> {
    const newest = await this.exports.newestOf(userId);
    return newest && !isOver(newest) ? this.view(newest) : this.start(userId);
  }

  /** Begins a new export, or shows the one under way. Throws `rate_limit.exceeded` after three in a day. */
  async start(userId: string): Promise<ExportView> {
    await this.db.tx(async () => {
      const id = await this.exports.insert(userId);
      if (id === undefined) return;
      const { count, seconds } = await this.exports.lastDay(userId);
      if (count > EXPORTS_A_DAY) throw RateLimited({ retry_after: seconds });
      await this.jobs.enqueue('account.make_export', { export_id: id });
    });
    return this.view((await this.exports.newestOf(userId))!);
  }

  /** Makes the ZIP, anew if a worker died over it. Nothing is left if the user goes meanwhile. */
  async make(id: number): Promise<void> {
    const userId = await this.exports.begin(id);
    if (!userId) return this.dropUnlessWanted(id); // the worker before may have died between the object and its row
    try {
      const user = (await this.users.activeByIds([userId])).get(userId);
      if (!user) return await this.exports.fail(id);
      const { size } = await this.storage.put(keyOf(id), this.archive.of(user), { contentType: 'application/zip' });
      await this.finish(id, userId, size);
    } catch (error) {
      await this.exports.fail(id);
      throw error;
    }
  }

  /** The export that a link is for. Throws `export.not_found` unless it is good now. */
  async byLink(token: string): Promise<DataExport> {
    const id = Number(/^[1-9]\d{0,15}(?=-)/.exec(token)?.[0] ?? 0);
    const [given, wanted] = [Buffer.from(token), Buffer.from(this.token(id))];
    const isOurs = given.length === wanted.length && timingSafeEqual(given, wanted);
    const found = isOurs ? await this.exports.byId(id) : null;
    if (!found || found.status !== 'ready' || isOver(found)) throw ExportNotFound();
    if (!(await this.users.activeByIds([found.userId])).size) throw ExportNotFound();
    return found;
  }

  info = ({ id }: DataExport): Promise<ObjectInfo> => this.storage.head(keyOf(id));

  open = ({ id }: DataExport, range?: ByteRange): Promise<OpenObject> => this.storage.get(keyOf(id), range);

  /** Where the export can be fetched; null if it can't. */
  linkOf(row: DataExport): string | null {
    const base = this.env.PUBLIC_URL?.replace(/\/+$/, '') ?? '';
    return row.status === 'ready' && !isOver(row) ? `${base}/api/v1/exports/${this.token(row.id)}` : null;
  }

  get = (id: number): Promise<DataExport | null> => this.exports.byId(id);

  /** Forgets those whose time is over. */
  async sweep(): Promise<void> {
    for (const id of await this.exports.expired()) await this.remove(id);
  }

  @KnowsObjects('exports/')
  async known(keys: string[]): Promise<string[]> {
    return (await this.exports.known(keys.map(idOf))).map(keyOf);
  }

  /** Forgets a user's exports; what a worker is making now, it throws away itself. */
  async removeAll(userId: string): Promise<void> {
    for (const id of await this.exports.idsOf(userId)) await this.remove(id);
  }

  private async finish(id: number, userId: string, size: number) {
    const isNew = await this.db.tx(async () => {
      const finished = await this.exports.finish(id, size, LINK_HOURS);
      if (finished) await this.bus.publish('export.ready', { export_id: id, user_id: userId });
      return finished;
    });
    if (!isNew) await this.dropUnlessWanted(id);
  }

  private async dropUnlessWanted(id: number) {
    if (!(await this.exports.byId(id))) await this.storage.delete(keyOf(id));
  }

  /** The object also once the row is gone: a worker may have been storing it until then. */
  private async remove(id: number) {
    await this.storage.delete(keyOf(id));
    await this.exports.delete(id);
    await this.storage.delete(keyOf(id));
  }

  /** Made from the secret, so that it is kept nowhere. */
  private token(id: number): string {
    const mac = createHmac('sha256', this.env.JWT_SECRET_KEY).update(`export link:${id}`).digest('base64url');
    return `${id}-${mac}`;
  }

  private view = (row: DataExport): ExportView => toExportView(row, this.linkOf(row));
}

const isOver = ({ expiresAt }: DataExport) => expiresAt !== null && expiresAt.getTime() <= Date.now();
