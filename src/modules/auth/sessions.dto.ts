import { listView } from 'src/core/http/paging';
import { instant } from 'src/core/fields/fields';
import type { Session } from 'src/modules/auth/auth.entities';
import { deviceName } from 'src/modules/auth/device-name';
import { z } from 'zod';

export const SessionView = z
  .object({
    id: z.uuid(),
    device: z.string().nullable().describe('What a person may recognise the device by.'),
    user_agent: z.string().nullable(),
    ip_address: z.string().nullable().describe('Where it signed in from.'),
    created_at: instant(),
    last_active_at: instant().describe('To the minute.'),
    current: z.boolean().describe('Whether it is the session that asks.'),
  })
  .meta({
    id: 'Session',
    example: {
      id: '0199c5a0-7d2e-7b61-9d3c-2f6f0c6f4a11',
      device: 'Firefox, Windows',
      user_agent: 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0',
      ip_address: '203.0.113.7',
      created_at: '2026-01-31T09:30:00.000Z',
      last_active_at: '2026-01-31T09:30:00.000Z',
      current: true,
    },
  });
export type SessionView = z.infer<typeof SessionView>;

export const SessionsView = listView('sessions', SessionView).meta({ id: 'Sessions' });
export type SessionsView = z.infer<typeof SessionsView>;

export const toSessionView = (session: Session, currentId: string): SessionView => ({
  id: session.id,
  device: deviceName(session.userAgent),
  user_agent: session.userAgent,
  ip_address: session.ip,
  created_at: session.createdAt.toISOString(),
  last_active_at: session.lastActiveAt.toISOString(),
  current: session.id === currentId,
});
