import { Injectable } from '@nestjs/common';
import { currentContext } from 'src/core/context/context';
import { Database } from 'src/core/database/database';
import type { PushHealthView } from 'src/modules/push/health.dto';

/** So that a look costs the same however many notifications are kept. */
const NEWEST = 100_000;
const MOST_REASONS = 20;
const RECENT = `(SELECT n.id, n.is_sent, n.error_message FROM push_notifications n JOIN users u ON u.id = n.user_id
  WHERE u.tenant_id = $1 AND n.created_at >= $2
    AND n.id > (SELECT coalesce(max(id), 0) - ${NEWEST} FROM push_notifications)) recent`;

@Injectable()
export class PushHealthRepository {
  constructor(private readonly db: Database) {}

  /** Of all tenants: they share the queues. */
  async queue(): Promise<PushHealthView['queue']> {
    const [row] = await this.db.query<PushHealthView['queue']>(
      `SELECT count(*) FILTER (WHERE parked_at IS NULL AND run_at <= now())::int AS waiting,
         count(*) FILTER (WHERE parked_at IS NULL AND run_at > now())::int AS later,
         count(*) FILTER (WHERE parked_at IS NOT NULL)::int AS parked,
         coalesce(extract(epoch FROM now() - min(run_at) FILTER (WHERE parked_at IS NULL AND run_at <= now())), 0)::float8
           AS oldest_seconds
       FROM outbox WHERE handler LIKE 'push.%'`,
    );
    return row!;
  }

  async notifications(since: Date): Promise<PushHealthView['notifications']> {
    const [row] = await this.db.query<PushHealthView['notifications']>(
      `SELECT count(*)::int AS total, count(*) FILTER (WHERE is_sent)::int AS sent,
         count(*) FILTER (WHERE NOT is_sent AND error_message IS NULL)::int AS pending,
         count(*) FILTER (WHERE NOT is_sent AND error_message IS NOT NULL)::int AS unsent FROM ${RECENT}`,
      [this.tenantId, since],
    );
    return row!;
  }

  reasons(since: Date): Promise<PushHealthView['reasons']> {
    return this.db.query(
      `SELECT error_message, count(*)::int AS count FROM ${RECENT} WHERE NOT is_sent AND error_message IS NOT NULL
       GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ${MOST_REASONS}`,
      [this.tenantId, since],
    );
  }

  platforms(since: Date): Promise<PushHealthView['platforms']> {
    return this.db.query(
      `SELECT coalesce(d.device_type, p.device_type) AS device_type, coalesce(active_devices, 0) AS active_devices,
         coalesce(sent, 0) AS sent, coalesce(failed, 0) AS failed, coalesce(retried, 0) AS retried
       FROM (SELECT d.device_type, count(*)::int AS active_devices FROM device_tokens d JOIN users u ON u.id = d.user_id
             WHERE d.is_active AND u.tenant_id = $1 GROUP BY 1) d
       FULL JOIN (SELECT p.device_type, count(*) FILTER (WHERE p.sent_at IS NOT NULL)::int AS sent,
               count(*) FILTER (WHERE p.sent_at IS NULL AND p.error_message IS NOT NULL)::int AS failed,
               count(*) FILTER (WHERE p.attempts > 0)::int AS retried
             FROM push_deliveries p JOIN ${RECENT} ON recent.id = p.notification_id GROUP BY 1) p
         ON p.device_type = d.device_type ORDER BY 1`,
      [this.tenantId, since],
    );
  }

  private get tenantId() {
    return currentContext().tenantId;
  }
}
