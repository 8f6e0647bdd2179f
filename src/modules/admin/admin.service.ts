import { Injectable } from '@nestjs/common';
import type { Principal } from 'src/core/context/context';
import { Database } from 'src/core/database/database';
import { Forbidden } from 'src/core/errors/common.errors';
import { placeOf, toPage, type Page } from 'src/core/http/paging';
import type { AccountsQuery, AuditQuery, ChangeAccount } from 'src/modules/admin/admin.dto';
import { NotOnYourself } from 'src/modules/admin/admin.errors';
import { mayChange } from 'src/modules/admin/admin.policy';
import type { AuditEntry } from 'src/modules/audit/audit.entities';
import { AuditService } from 'src/modules/audit/audit.service';
import { SessionsService } from 'src/modules/auth/sessions.service';
import { AccountsService } from 'src/modules/users/accounts.service';
import type { User } from 'src/modules/users/users.entities';
import { z } from 'zod';

/** What people with a role do to accounts; each act is in the audit log, or was not done. */
@Injectable()
export class AdminService {
  constructor(
    private readonly db: Database,
    private readonly accounts: AccountsService,
    private readonly sessions: SessionsService,
    private readonly audit: AuditService,
  ) {}

  /** Newest first. */
  async list({ limit, cursor, ...filter }: AccountsQuery): Promise<Page<User>> {
    const rows = await this.accounts.list(filter, placeOf(z.uuid(), cursor), limit + 1);
    return toPage(rows, limit, ({ id }) => id);
  }

  /** Throws `user.not_found`, `admin.not_on_yourself`, or `auth.forbidden` for what the caller's role does not allow. */
  async change(by: Principal, targetId: string, change: ChangeAccount): Promise<User> {
    const actorId = by.userId;
    if (actorId === targetId) throw NotOnYourself();
    return this.db.tx(async () => {
      const [actor, target] = await this.accounts.lock(actorId, targetId);
      if (!mayChange(actor.role, target.role, change)) throw Forbidden();
      const note = (action: string, details: Record<string, string> = {}) =>
        this.audit.note(by, action, targetId, details);
      if (change.role !== undefined && change.role !== target.role) {
        await this.accounts.setRole(targetId, change.role);
        await note('user.role_changed', { from: target.role, to: change.role });
      }
      if (change.suspended === true) {
        await this.accounts.suspend(targetId, change.reason!);
        await note('user.suspended', { reason: change.reason! });
      }
      if (change.suspended === false && !target.isActive) {
        await this.accounts.letIn(targetId);
        await note('user.let_in');
      }
      if (change.suspended === true || change.force_logout) await this.sessions.endAll(targetId);
      if (change.force_logout) await note('user.signed_out');
      return this.accounts.get(targetId);
    });
  }

  /** Writes into the audit log what somebody with a role did to a user elsewhere; `details` without names and addresses. */
  note(by: Principal, action: string, targetId: string, details: Record<string, string>): Promise<void> {
    return this.audit.note(by, action, targetId, details);
  }

  /** Newest first. */
  auditLog({ user_id: targetId, actor_id: actorId, action, from, to, ...page }: AuditQuery): Promise<Page<AuditEntry>> {
    return this.audit.list({ targetId, actorId, action, from, to }, page);
  }
}
