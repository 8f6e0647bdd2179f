import { Injectable } from '@nestjs/common';
import { currentContext } from 'src/core/context/context';
import { Database } from 'src/core/database/database';
import { AuditService } from 'src/modules/audit/audit.service';
import { PushService, type Note } from 'src/modules/push/push.service';
import type { Announcement, SendPush, SentPushView } from 'src/modules/push/send.dto';
import { v7 as uuid } from 'uuid';

/** Tells people what the operator has to say. */
@Injectable()
export class SendService {
  constructor(
    private readonly db: Database,
    private readonly push: PushService,
    private readonly audit: AuditService,
  ) {}

  /** To each of the people once. What an admin sends is in the audit log; a program with the service key is nobody there. */
  async send({ user_ids, recipient_user_ids, ...announcement }: SendPush): Promise<SentPushView> {
    const key = `sent:${uuid()}`;
    const userIds = [...new Set(user_ids ?? recipient_user_ids ?? [])];
    return this.db.tx(async () => {
      const queued = await this.push.notify(userIds.map((userId) => toNote(announcement, userId, key)));
      const { user } = currentContext();
      if (user) await this.audit.note(user, 'push.sent', null, { key, people: String(queued) });
      return { key, queued_count: queued, unknown_count: userIds.length - queued };
    });
  }
}

/** An announcement as a notification of one user, in the operator's own words. */
export const toNote = (announcement: Announcement, userId: string, key: string): Note => ({
  userId,
  key,
  kind: announcement.notification_type ?? announcement.type ?? 'system',
  category: announcement.category,
  title: { key: 'custom.title', params: { title: announcement.title } },
  body: { key: 'custom.body', params: { body: announcement.body } },
  data: { ...announcement.data, ...(announcement.image_url && { image_url: announcement.image_url }) },
  deviceTypes: announcement.device_types,
});
