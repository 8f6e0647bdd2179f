import { Injectable } from '@nestjs/common';
import type { Principal } from 'src/core/context/context';
import type { QueueName } from 'src/core/contract';
import { Database } from 'src/core/database/database';
import { id as rowId } from 'src/core/fields/fields';
import { placeOf, toPage, type Page } from 'src/core/http/paging';
import { FailingSchedules, type FailingSchedule } from 'src/core/jobs/failing-schedules';
import { ParkedWork, type ParkedItem } from 'src/core/jobs/parked-work';
import { WorkNotFound } from 'src/modules/admin/admin.errors';
import type { ParkedWorkQuery } from 'src/modules/admin/parked-work.dto';
import { AuditService } from 'src/modules/audit/audit.service';

/** What admins do about work that was given up; each act is in the audit log, or was not done. */
@Injectable()
export class ParkedWorkService {
  constructor(
    private readonly db: Database,
    private readonly work: ParkedWork,
    private readonly schedules: FailingSchedules,
    private readonly audit: AuditService,
  ) {}

  /** Newest first. */
  async list({ queue, limit, cursor }: ParkedWorkQuery): Promise<Page<ParkedItem>> {
    const rows = await this.work.list(queue, placeOf(rowId(), cursor), limit + 1);
    return toPage(rows, limit, ({ id }) => id);
  }

  failing = (): Promise<FailingSchedule[]> => this.schedules.all();

  /** Throws `admin.work_not_found`. */
  retry(by: Principal, id: number): Promise<void> {
    return this.one(by, 'work.retried', id, (work) => work.retry(id));
  }

  /** Throws `admin.work_not_found`. */
  discard(by: Principal, id: number): Promise<void> {
    return this.one(by, 'work.discarded', id, (work) => work.discard(id));
  }

  /** How many are tried again. */
  retryAll(by: Principal, queue: QueueName): Promise<number> {
    return this.db.tx(async () => {
      const count = await this.work.retryAll(queue);
      await this.audit.note(by, 'work.retried', null, { queue, count: String(count) });
      return count;
    });
  }

  private one(by: Principal, action: string, id: number, act: (work: ParkedWork) => Promise<string | undefined>) {
    return this.db.tx(async () => {
      const handler = await act(this.work);
      if (handler === undefined) throw WorkNotFound();
      await this.audit.note(by, action, null, { id: String(id), handler });
    });
  }
}
