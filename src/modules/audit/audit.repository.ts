import { Injectable } from '@nestjs/common';
import { currentContext } from 'src/core/context/context';
import { Database } from 'src/core/database/database';
import { AuditEntry } from 'src/modules/audit/audit.entities';
import { And, LessThan, LessThanOrEqual, Like, MoreThanOrEqual, type FindOptionsWhere } from 'typeorm';

export interface AuditFilter {
  targetId?: string | undefined;
  actorId?: string | undefined;
  /** A whole action, or with a dot at its end the beginning of some. */
  action?: string | undefined;
  from?: Date | undefined;
  to?: Date | undefined;
}

/** The audit log of the tenant in the context. */
@Injectable()
export class AuditRepository {
  constructor(private readonly db: Database) {}

  async add(entry: Pick<AuditEntry, 'actorId' | 'action' | 'targetId' | 'details'>): Promise<void> {
    await this.db.repo(AuditEntry).insert({ ...entry, tenantId: currentContext().tenantId });
  }

  /** Up to `limit` entries, newest first, from below a place. */
  list(filter: AuditFilter, below: number | undefined, limit: number): Promise<AuditEntry[]> {
    const { targetId, actorId, action, from, to } = filter;
    const bounds = [...(from ? [MoreThanOrEqual(from)] : []), ...(to ? [LessThanOrEqual(to)] : [])];
    const where: FindOptionsWhere<AuditEntry> = {
      tenantId: currentContext().tenantId,
      ...(targetId !== undefined && { targetId }),
      ...(actorId !== undefined && { actorId }),
      ...(action !== undefined && { action: action.endsWith('.') ? Like(`${action}%`) : action }),
      ...(bounds.length && { createdAt: And(...bounds) }),
      ...(below !== undefined && { id: LessThan(below) }),
    };
    return this.db.repo(AuditEntry).find({ where, order: { id: 'DESC' }, take: limit });
  }
}
