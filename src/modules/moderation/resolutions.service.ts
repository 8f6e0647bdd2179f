import { Injectable } from '@nestjs/common';
import type { Principal } from 'src/core/context/context';
import { Database } from 'src/core/database/database';
import { Streams } from 'src/core/streams/streams';
import { AdminService } from 'src/modules/admin/admin.service';
import { DeletionsService } from 'src/modules/chats/deletions.service';
import type { ResolveReport, ShownReport } from 'src/modules/moderation/moderation.dto';
import { ReportedUserGone, ReportHasNoMessage, ReportResolved } from 'src/modules/moderation/moderation.errors';
import { ReportsRepository, type ReportRow } from 'src/modules/moderation/reports.repository';
import { ReportsService } from 'src/modules/moderation/reports.service';
import { PushService } from 'src/modules/push/push.service';

/** What moderators do about reports; each act is in the audit log, or was not done. */
@Injectable()
export class ResolutionsService {
  constructor(
    private readonly db: Database,
    private readonly admin: AdminService,
    private readonly deletions: DeletionsService,
    private readonly push: PushService,
    private readonly streams: Streams,
    private readonly rows: ReportsRepository,
    private readonly reports: ReportsService,
  ) {}

  /**
   * Does all of the actions and closes the report, with those of others about the same message; or nothing. Throws `report.resolved`
   * if another moderator was there first, `auth.forbidden` for what the role does not allow (moderators suspend users, not staff),
   * `report.user_gone` if there is nobody left to be warned or suspended.
   */
  async resolve(actor: Principal, id: number, { actions, note }: ResolveReport): Promise<ShownReport> {
    const resolutions = [...new Set(actions)];
    return this.db.tx(async () => {
      const report = await this.reports.get(id);
      if (!(await this.rows.resolve(id, actor.userId, { resolutions, note: note ?? null })))
        throw ReportResolved({ report_id: id });
      if (report.user_gone_at && (resolutions.includes('warn') || resolutions.includes('suspend')))
        throw ReportedUserGone({ report_id: id });
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
      return this.reports.show(id);
    });
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
