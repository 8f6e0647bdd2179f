import { id, instant } from 'src/core/fields/fields';
import { listView } from 'src/core/http/paging';
import { deviceName } from 'src/modules/auth/device-name';
import type { SecurityEvent } from 'src/modules/auth/security-log.entities';
import { SECURITY_EVENTS, type SecurityEventName } from 'src/modules/auth/security-log.service';
import { z } from 'zod';

export const SecurityView = z
  .object({
    login_alerts: z.boolean().describe('Whether a mail tells of sign-ins with a new device, at a verified address.'),
    two_factor_enabled: z.boolean().describe('See `/settings/security/2fa`.'),
    recovery_codes_left: z.int(),
    is_verified: z.boolean().describe('Whether the e-mail address is.'),
    active_sessions: z.int().describe('See `/sessions`.'),
  })
  .meta({
    id: 'Security',
    example: {
      login_alerts: true,
      two_factor_enabled: false,
      recovery_codes_left: 0,
      is_verified: true,
      active_sessions: 2,
    },
  });
export type SecurityView = z.infer<typeof SecurityView>;

/** What is left out stays as it is. The second factor has routes of its own, which ask for more than a session. */
export const UpdateSecurity = z
  .object({ login_alerts: z.boolean().optional() })
  .meta({ id: 'UpdateSecurity', example: { login_alerts: false } });
export type UpdateSecurity = z.infer<typeof UpdateSecurity>;

export const SecurityEventView = z
  .object({
    id: id(),
    event: z.enum(SECURITY_EVENTS),
    device: z.string().nullable().describe('What a person may recognise the device by.'),
    user_agent: z.string().nullable(),
    ip_address: z.string().nullable(),
    created_at: instant(),
  })
  .meta({
    id: 'SecurityEvent',
    example: {
      id: 7,
      event: 'sign_in_failed',
      device: 'Firefox, Windows',
      user_agent: 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0',
      ip_address: '203.0.113.7',
      created_at: '2026-01-31T09:30:00.000Z',
    },
  });
export type SecurityEventView = z.infer<typeof SecurityEventView>;

export const SecurityLogsView = listView('logs', SecurityEventView).meta({ id: 'SecurityLogs' });
export type SecurityLogsView = z.infer<typeof SecurityLogsView>;

export const ActivitiesView = listView('activities', SecurityEventView).meta({ id: 'Activities' });
export type ActivitiesView = z.infer<typeof ActivitiesView>;

export const toSecurityEventView = (event: SecurityEvent): SecurityEventView => ({
  id: event.id,
  event: event.event as SecurityEventName,
  device: deviceName(event.userAgent),
  user_agent: event.userAgent,
  ip_address: event.ip,
  created_at: event.createdAt.toISOString(),
});
