import { Injectable } from '@nestjs/common';
import type { Principal } from 'src/core/context/context';
import { Database } from 'src/core/database/database';
import { id as rowId } from 'src/core/fields/fields';
import { placeOf, toPage, type Page } from 'src/core/http/paging';
import { RateLimits } from 'src/core/http/rate-limits';
import { Streams } from 'src/core/streams/streams';
import { AdminService } from 'src/modules/admin/admin.service';
import { DeletionsService } from 'src/modules/chats/deletions.service';
import { MessageAccess } from 'src/modules/chats/message-access.service';
import { MessagesService } from 'src/modules/chats/messages.service';
import type { FileReport, ReportReceiptView, ReportsQuery, ResolveReport } from 'src/modules/moderation/moderation.dto';
import {
  MessageGone,
  ReportHasNoMessage,
  ReportNotFound,
  ReportOfOneself,
  ReportResolved,
} from 'src/modules/moderation/moderation.errors';
import { ReportsRepository, type NewReport, type ReportRow } from 'src/modules/moderation/reports.repository';
import { PushService } from 'src/modules/push/push.service';
import { UsersService } from 'src/modules/users/users.service';

/** Enough for a person, too few to bury the moderators. */
const REPORTS = { name: 'report', points: 30, seconds: 3600 };

/** What people report, and what moderators do about it; each act is in the audit log, or was not done. */
@Injectable()
export class ModerationService {
  constructor(
    private readonly db: Database,
    private readonly limits: RateLimits,
    private readonly users: UsersService,
    private readonly admin: AdminService,
    private readonly access: MessageAccess,
    private readonly messages: MessagesService,
    private readonly deletions: DeletionsService,
    private readonly push: PushService,
    private readonly streams: Streams,
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

  /**
   * Does all of the actions and closes the report, with those of others about the same message; or nothing. Throws `report.resolved`
   * if another moderator was there first, `auth.forbidden` for what the role does not allow (moderators suspend users, not staff).
   */
  async resolve(actor: Principal, id: number, { actions, note }: ResolveReport): Promise<ReportRow> {
    const resolutions = [...new Set(actions)];
    return this.db.tx(async () => {
      const report = await this.get(id);
      if (!(await this.reports.resolve(id, actor.userId, { resolutions, note: note ?? null })))
        throw ReportResolved({ report_id: id });
      for (const action of resolutions) {
        if (action === 'delete_message') await this.deleteMessage(report);
        if (action === 'warn') await this.warn(report);
        if (action === 'suspend')
          await this.admin.change(actor, report.user.id, { suspended: true, reason: note ?? report.reason });
        await this.admin.note(actor, `report.${action}`, report.user.id, {
          report_id: String(id),
          ...(report.message_id !== null && { message_id: String(report.message_id) }),
        });
      }
      return this.get(id);
    });
  }

  private async file(report: NewReport): Promise<ReportReceiptView> {
    if (report.reporterId === report.userId) throw ReportOfOneself();
    await this.limits.consume(REPORTS, report.reporterId);
    const { id, reason, created_at } = await this.reports.insert(report);
    return { id, reason, created_at: created_at.toISOString() };
  }

  private async deleteMessage({ message_id: messageId }: ReportRow) {
    if (messageId === null) throw ReportHasNoMessage();
    await this.deletions.byModerator(messageId);
  }

  /** On all his devices, now or when they sync, and by a push. */
  private async warn({ id, reason, user, chat_id, message_id }: ReportRow) {
    await this.streams.append(user.id, 'moderation_warning', { reason, chat_id, message_id });
    await this.push.notify([
      {
        userId: user.id,
        key: `warning:${id}`,
        kind: 'system',
        title: { key: 'moderation.warning.title' },
        body: { key: 'moderation.warning.body' },
        data: { reason },
      },
    ]);
  }
}
