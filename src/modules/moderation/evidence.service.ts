import { Injectable } from '@nestjs/common';
import type { Principal } from 'src/core/context/context';
import { Database } from 'src/core/database/database';
import type { Download } from 'src/core/http/serve';
import type { Erasure } from 'src/core/personal-data/personal-data';
import { AuditService } from 'src/modules/audit/audit.service';
import { DownloadsService } from 'src/modules/files/downloads.service';
import { KeepsFiles } from 'src/modules/files/file-uses.service';
import type { ThumbnailQuery } from 'src/modules/files/files.dto';
import { FilesService } from 'src/modules/files/files.service';
import { ReportHasNoFile } from 'src/modules/moderation/moderation.errors';
import { ReportsRepository } from 'src/modules/moderation/reports.repository';
import { ReportsService } from 'src/modules/moderation/reports.service';

/** How long a file is kept when its report has been resolved: for what follows from it, and for who objects. */
export const KEPT_DAYS = 30;
/** How long at most what was reported of somebody is kept after he has left, though nobody resolves the report. */
export const KEPT_OF_GONE_DAYS = 180;
const AT_ONCE = 500;

/** What reported messages carried: kept for the moderators alone, whom the audit log names. */
@Injectable()
export class EvidenceService {
  constructor(
    private readonly db: Database,
    private readonly audit: AuditService,
    private readonly reports: ReportsService,
    private readonly rows: ReportsRepository,
    private readonly files: FilesService,
    private readonly downloads: DownloadsService,
  ) {}

  @KeepsFiles('moderation')
  kept(fileIds: number[]): Promise<number[]> {
    return this.rows.holding(fileIds);
  }

  /** What others than its owner got of it. Throws `report.not_found`, `report.has_no_file`, and as `DownloadsService.ofKept` does. */
  file(actor: Principal, reportId: number, how: { save: boolean }): Promise<Download> {
    return this.looked(actor, reportId, (fileId) => this.downloads.ofKept(fileId, how));
  }

  thumbnail(actor: Principal, reportId: number, query: ThumbnailQuery): Promise<Download> {
    return this.looked(actor, reportId, (fileId) => this.downloads.keptThumbnail(fileId, query));
  }

  /** Lets go of the files of reports that were resolved long enough ago; of those about people who have left nothing stays. */
  async letGo(): Promise<void> {
    await this.untilFewer(() => this.rows.removeOfGone(KEPT_DAYS, KEPT_OF_GONE_DAYS, AT_ONCE));
    await this.untilFewer(async () => {
      const fileIds = await this.rows.letFilesGo(KEPT_DAYS, AT_ONCE);
      return { count: fileIds.length, fileIds };
    });
  }

  /**
   * Somebody leaves. What he said in reported messages, and showed in them, stays as long as it is needed as evidence, for otherwise he
   * could destroy it by leaving; other reports about him go.
   */
  async forget({ userId, standInId }: Erasure): Promise<void> {
    await this.db.tx(async () => {
      await this.rows.keepOfGone({ userId, standInId }, KEPT_DAYS);
      await this.files.letGo(await this.rows.removeAbout(userId));
    });
  }

  private async untilFewer(letGo: () => Promise<{ count: number; fileIds: number[] }>) {
    for (let left = true; left;)
      left = await this.db.tx(async () => {
        const { count, fileIds } = await letGo();
        await this.files.letGo(fileIds);
        return count === AT_ONCE;
      });
  }

  private looked(actor: Principal, reportId: number, look: (fileId: number) => Promise<Download>): Promise<Download> {
    return this.db.tx(async () => {
      const { user, file_id: fileId } = await this.reports.get(reportId);
      if (fileId === null) throw ReportHasNoFile({ report_id: reportId });
      const download = await look(fileId);
      await this.audit.note(actor, 'report.file_read', user.id, {
        report_id: String(reportId),
        file_id: String(fileId),
      });
      return download;
    });
  }
}
