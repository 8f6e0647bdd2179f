import { Injectable, Logger } from '@nestjs/common';
import { currentContext } from 'src/core/context/context';
import { gathered } from 'src/core/database/group-commit';
import { id as rowId } from 'src/core/fields/fields';
import { placeOf, toPage, type Page, type PageQuery } from 'src/core/http/paging';
import { Jobs } from 'src/core/jobs/jobs';
import type { SecurityEvent } from 'src/modules/auth/security-log.entities';
import { SecurityLogRepository, type NewSecurityEvent } from 'src/modules/auth/security-log.repository';

export const SECURITY_EVENTS = [
  'registered',
  'signed_in',
  'sign_in_failed',
  'password_failed',
  'two_factor_failed',
  'signed_out',
  'session_revoked',
  'refresh_token_reused',
  'password_changed',
  'password_reset',
  'two_factor_enabled',
  'two_factor_disabled',
  'recovery_codes_renewed',
  'email_verified',
  'email_changed',
] as const;
export type SecurityEventName = (typeof SECURITY_EVENTS)[number];

/** Who did it; what is left out is that of the caller's session. */
export interface Doer {
  ip?: string;
  userAgent?: string | null;
}

const KEPT_DAYS = 90;
const LONGEST_USER_AGENT = 500;
/** By then an answer is out, for certain. */
const ANSWERED_MS = 200;

/** A record for each user of what happened to the safety of his account, kept for 90 days. */
@Injectable()
export class SecurityLog {
  private readonly logger = new Logger('SecurityLog');
  private readonly failures = gathered<NewSecurityEvent, void>(async (events) => {
    await this.rows.add(events);
    return events.map(() => undefined);
  });

  constructor(
    private readonly rows: SecurityLogRepository,
    private readonly jobs: Jobs,
  ) {}

  /** Notes it in the open transaction of what has happened. */
  async note(userId: string, event: SecurityEventName, doer: Doer = {}): Promise<void> {
    await this.rows.add([toEvent(userId, event, doer)]);
  }

  /**
   * Notes a try that failed, at most once and only when the answer is out: that must take as long for an account that does not
   * exist.
   */
  noteFailure(userId: string, event: SecurityEventName, doer: Doer): void {
    const failure = toEvent(userId, event, doer);
    const note = () =>
      this.failures(failure).catch((error: Error) =>
        this.logger.warn(`${event} of user ${userId} was not noted: ${error.message}`),
      );
    setTimeout(() => void note(), ANSWERED_MS).unref();
  }

  /** Notes a sign-in, and calls for a mail about it if it was with a client that is new to the account. */
  async noteSignIn(userId: string, doer: Doer): Promise<void> {
    const event = toEvent(userId, 'signed_in', doer);
    const isNew = await this.rows.isNewClient(userId, event.userAgent);
    const [id] = await this.rows.add([event]);
    if (isNew) await this.jobs.enqueue('auth.mail_sign_in', { event_id: id! });
  }

  /** Notes the end of sessions, each with its own device. */
  async noteEnds(sessionIds: string[], event: SecurityEventName): Promise<void> {
    if (sessionIds.length) await this.rows.addOfSessions(sessionIds, event);
  }

  /** Newest first. */
  async list(userId: string, { limit, cursor }: PageQuery): Promise<Page<SecurityEvent>> {
    const rows = await this.rows.list(userId, placeOf(rowId(), cursor), limit + 1);
    return toPage(rows, limit, ({ id }) => id);
  }

  /** What is older than 90 days. */
  forgetOld = (): Promise<void> => this.rows.forgetOld(KEPT_DAYS);
}

function toEvent(userId: string, event: SecurityEventName, { ip, userAgent }: Doer): NewSecurityEvent {
  const { user } = currentContext();
  const sessionId = user?.userId === userId ? user.sessionId : null;
  return { userId, event, ip: ip ?? null, userAgent: userAgent?.slice(0, LONGEST_USER_AGENT) ?? null, sessionId };
}
