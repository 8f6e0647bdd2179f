import { Injectable } from '@nestjs/common';
import { currentContext } from 'src/core/context/context';
import { Database } from 'src/core/database/database';
import { AuditEntry } from 'src/modules/admin/admin.entities';
import { LessThan } from 'typeorm';

/** The audit log of the tenant in the context. */
@Injectable()
export class AuditRepository {
  constructor(private readonly db: Database) {}

  async add(entry: Pick<AuditEntry, 'actorId' | 'action' | 'targetId' | 'details'>): Promise<void> {
    await this.db.repo(AuditEntry).insert({ ...entry, tenantId: currentContext().tenantId });
  }

  /** Up to `limit` entries, newest first, from below a place. */
  list(targetId: string | undefined, below: number | undefined, limit: number): Promise<AuditEntry[]> {
    return this.db.repo(AuditEntry).find({
      where: {
        tenantId: currentContext().tenantId,
        ...(targetId !== undefined && { targetId }),
        ...(below !== undefined && { id: LessThan(below) }),
      },
      order: { id: 'DESC' },
      take: limit,
    });
  }
}
