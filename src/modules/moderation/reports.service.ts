import { Injectable } from '@nestjs/common';
import type { Principal } from 'src/core/context/context';
import { id as rowId } from 'src/core/fields/fields';
import { placeOf, toPage, type Page } from 'src/core/http/paging';
import { RateLimits } from 'src/core/http/rate-limits';
import { MessageAccess } from 'src/modules/chats/message-access.service';
import { MessagesService } from 'src/modules/chats/messages.service';
import type { FileReport, ReportReceiptView, ReportsQuery } from 'src/modules/moderation/moderation.dto';
import { MessageGone, ReportNotFound, ReportOfOneself } from 'src/modules/moderation/moderation.errors';
import { ReportsRepository, type NewReport, type ReportRow } from 'src/modules/moderation/reports.repository';
import { UsersService } from 'src/modules/users/users.service';

/** Enough for a person, too few to bury the moderators. */
const REPORTS = { name: 'report', points: 30, seconds: 3600 };

/** What people report. */
@Injectable()
export class ReportsService {
  constructor(
    private readonly limits: RateLimits,
    private readonly users: UsersService,
    private readonly access: MessageAccess,
    private readonly messages: MessagesService,
    private readonly reports: ReportsRepository,
  ) {}

  /** Keeps what the message says now as evidence. Throws `message.not_found` for who can't read it, `report.of_oneself`. */
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
    });
  }

  async list({ limit, cursor, ...query }: ReportsQuery): Promise<Page<ReportRow>> {
    const filter = { ...query, userId: query.user_id, reporterId: query.reporter_id, chatId: query.chat_id };
    const rows = await this.reports.list(filter, placeOf(rowId(), cursor), limit + 1);
    return toPage(rows, limit, ({ id }) => id);
  }

  async get(id: number): Promise<ReportRow> {
    const report = await this.reports.byId(id);
    if (!report) throw ReportNotFound({ report_id: id });
    return report;
  }

  private async file(report: NewReport): Promise<ReportReceiptView> {
    if (report.reporterId === report.userId) throw ReportOfOneself();
    await this.limits.consume(REPORTS, report.reporterId);
    const { id, reason, created_at } = await this.reports.insert(report);
    return { id, reason, created_at: created_at.toISOString() };
  }
}
