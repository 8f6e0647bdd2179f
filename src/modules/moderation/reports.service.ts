import { Injectable } from '@nestjs/common';
import type { Principal } from 'src/core/context/context';
import { Database } from 'src/core/database/database';
import { id as rowId } from 'src/core/fields/fields';
import { placeOf, toPage, type Page } from 'src/core/http/paging';
import { RateLimits } from 'src/core/http/rate-limits';
import { MessageAccess } from 'src/modules/chats/message-access.service';
import { MessagesService } from 'src/modules/chats/messages.service';
import { FilesService } from 'src/modules/files/files.service';
import type { FileReport, ReportReceiptView, ReportsQuery, ShownReport } from 'src/modules/moderation/moderation.dto';
import { MessageGone, ReportNotFound, ReportOfOneself } from 'src/modules/moderation/moderation.errors';
import { ReportsRepository, type NewReport, type ReportRow } from 'src/modules/moderation/reports.repository';
import { UsersService } from 'src/modules/users/users.service';

/** Enough for a person, too few to bury the moderators. */
const REPORTS = { name: 'report', points: 30, seconds: 3600 };

/** What people report. */
@Injectable()
export class ReportsService {
  constructor(
    private readonly db: Database,
    private readonly limits: RateLimits,
    private readonly users: UsersService,
    private readonly access: MessageAccess,
    private readonly messages: MessagesService,
    private readonly files: FilesService,
    private readonly reports: ReportsRepository,
  ) {}

  /** Keeps what the message says now, and what it carries, as evidence. Throws `message.not_found` for who can't read it, `report.of_oneself`. */
  async reportMessage({ userId: reporterId }: Principal, messageId: number, about: FileReport) {
    const { isDeleted } = await this.access.read(reporterId, messageId);
    const [message] = await this.messages.views([messageId]);
    if (isDeleted || !message) throw MessageGone({ message_id: messageId });
    const { content, message_type, metadata, is_edited, created_at } = message;
    return this.file({
      reporterId,
      userId: message.sender_id,
      chatId: message.chat_id,
      messageId,
      reason: about.reason,
      comment: about.comment ?? null,
      evidence: { content, message_type, metadata, is_edited, created_at },
      fileId: message.file_id,
    });
  }

  /** Throws `user.not_found`, `report.of_oneself`. */
  async reportUser({ userId: reporterId }: Principal, userId: string, { reason, comment }: FileReport) {
    await this.users.get(userId);
    return this.file({
      reporterId,
      userId,
      chatId: null,
      messageId: null,
      reason,
      comment: comment ?? null,
      evidence: null,
      fileId: null,
    });
  }

  async list({ limit, cursor, ...query }: ReportsQuery): Promise<Page<ShownReport>> {
    const filter = { ...query, userId: query.user_id, reporterId: query.reporter_id, chatId: query.chat_id };
    const rows = await this.reports.list(filter, placeOf(rowId(), cursor), limit + 1);
    const page = toPage(rows, limit, ({ id }) => id);
    return { ...page, items: await this.shown(page.items) };
  }

  async get(id: number): Promise<ReportRow> {
    const report = await this.reports.byId(id);
    if (!report) throw ReportNotFound({ report_id: id });
    return report;
  }

  /** As `get`, with what is known of its file. */
  async show(id: number): Promise<ShownReport> {
    return (await this.shown([await this.get(id)]))[0]!;
  }

  private async shown(rows: ReportRow[]): Promise<ShownReport[]> {
    const files = await this.files.keptViews(rows.flatMap((row) => row.file_id ?? []));
    return rows.map((row) => ({ row, file: row.file_id === null ? undefined : files.get(row.file_id) }));
  }

  private async file(report: NewReport): Promise<ReportReceiptView> {
    if (report.reporterId === report.userId) throw ReportOfOneself();
    await this.limits.consume(REPORTS, report.reporterId);
    const { id, reason, created_at } = await this.db.tx(async () => {
      const isHere = report.fileId !== null && (await this.files.hold(report.fileId));
      return this.reports.insert({ ...report, fileId: isHere ? report.fileId : null });
    });
    return { id, reason, created_at: created_at.toISOString() };
  }
}
