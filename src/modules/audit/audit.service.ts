import { Injectable } from '@nestjs/common';
import { id as rowId } from 'src/core/fields/fields';
import { placeOf, toPage, type Page, type PageQuery } from 'src/core/http/paging';
import type { AuditEntry } from 'src/modules/audit/audit.entities';
import { AuditRepository, type AuditFilter } from 'src/modules/audit/audit.repository';

/** What people with a role have done. Entries are written in the transaction of the act, so that there is none without the other. */
@Injectable()
export class AuditService {
  constructor(private readonly audit: AuditRepository) {}

  /** `targetId`: the user to whom it was done, if to one; `details` without names and addresses. */
  note(
    { userId: actorId }: { userId: string },
    action: string,
    targetId: string | null,
    details: Record<string, string> = {},
  ): Promise<void> {
    return this.audit.add({ actorId, action, targetId, details });
  }

  /** Newest first. */
  async list(filter: AuditFilter, { limit, cursor }: PageQuery): Promise<Page<AuditEntry>> {
    const rows = await this.audit.list(filter, placeOf(rowId(), cursor), limit + 1);
    return toPage(rows, limit, ({ id }) => id);
  }
}
