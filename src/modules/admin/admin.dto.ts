import { id, instant, instantInput, text } from 'src/core/fields/fields';
import { PageQuery, listView } from 'src/core/http/paging';
import { ROLES } from 'src/core/http/roles';
import type { Nodes } from 'src/core/realtime/nodes';
import type { AuditEntry } from 'src/modules/audit/audit.entities';
import type { User } from 'src/modules/users/users.entities';
import { z } from 'zod';

const role = () => z.enum(ROLES);

export const AccountsQuery = PageQuery.extend({
  q: text({ min: 1, max: 100 })
    .optional()
    .describe('The beginning of a username, an e-mail address or a display name.'),
  role: role().optional(),
  standing: z.enum(['active', 'suspended', 'deactivated']).optional(),
});
export type AccountsQuery = z.infer<typeof AccountsQuery>;

/** What is left out stays as it is. */
export const ChangeAccount = z
  .object({
    role: role().optional().describe('Only admins change it.'),
    suspended: z
      .boolean()
      .optional()
      .describe(
        'true keeps the user out and ends his sessions; false lets him in again, whoever had closed the account.',
      ),
    reason: text({ min: 1, max: 500 }).optional().describe('Why he is suspended; must be given then.'),
    force_logout: z.literal(true).optional().describe('Ends all his sessions.'),
  })
  .refine(({ suspended, reason }) => !suspended || reason !== undefined, {
    path: ['reason'],
    params: { code: 'required' },
    error: 'required',
  })
  .meta({ id: 'ChangeAccount', example: { suspended: true, reason: 'Spam' } });
export type ChangeAccount = z.infer<typeof ChangeAccount>;

export const AccountView = z
  .object({
    id: z.uuid(),
    username: z.string(),
    email: z.string(),
    display_name: z.string(),
    role: role(),
    is_active: z.boolean(),
    is_verified: z.boolean(),
    suspended_at: instant().nullable(),
    suspension_reason: z.string().nullable(),
    deactivated_at: instant().nullable(),
    last_seen: instant().nullable(),
    created_at: instant(),
  })
  .meta({
    id: 'Account',
    example: {
      id: '0199c5a0-8f41-7c02-a3d5-51b7f0a9c322',
      username: 'ben',
      email: 'ben@example.org',
      display_name: 'Ben',
      role: 'user',
      is_active: false,
      is_verified: true,
      suspended_at: '2026-01-31T09:30:00.000Z',
      suspension_reason: 'spam',
      deactivated_at: null,
      last_seen: '2026-01-31T09:30:00.000Z',
      created_at: '2026-01-31T09:30:00.000Z',
    },
  });
export type AccountView = z.infer<typeof AccountView>;

export const AccountListView = listView('users', AccountView).meta({ id: 'AccountList' });
export type AccountListView = z.infer<typeof AccountListView>;

export const toAccountView = (user: User): AccountView => ({
  id: user.id,
  username: user.username,
  email: user.email,
  display_name: user.displayName ?? user.username,
  role: user.role,
  is_active: user.isActive,
  is_verified: user.isVerified,
  suspended_at: user.suspendedAt?.toISOString() ?? null,
  suspension_reason: user.suspensionReason,
  deactivated_at: user.deactivatedAt?.toISOString() ?? null,
  last_seen: user.lastSeen?.toISOString() ?? null,
  created_at: user.createdAt.toISOString(),
});

export const AuditQuery = PageQuery.extend({
  user_id: z.uuid().optional().describe('What was done to this user.'),
  actor_id: z.uuid().optional().describe('What was done by this user.'),
  action: z
    .string()
    .regex(/^[a-z_]{1,40}\.[a-z_]{0,40}$/)
    .optional()
    .describe('One kind of act, `user.suspended`, or all of a kind: `user.`.'),
  from: instantInput().optional().describe('The earliest.'),
  to: instantInput().optional().describe('The latest.'),
});
export type AuditQuery = z.infer<typeof AuditQuery>;

export const AuditEntryView = z
  .object({
    id: id(),
    actor_id: z.uuid().nullable().describe('null: somebody with access to the machine.'),
    action: z.string(),
    user_id: z.uuid().nullable().describe('null: it was not done to one user.'),
    details: z.record(z.string(), z.string()),
    created_at: instant(),
  })
  .meta({
    id: 'AuditEntry',
    example: {
      id: 7,
      actor_id: '0199c5a0-7d2e-7b61-9d3c-2f6f0c6f4a11',
      action: 'user.suspended',
      user_id: '0199c5a0-8f41-7c02-a3d5-51b7f0a9c322',
      details: { reason: 'spam' },
      created_at: '2026-01-31T09:30:00.000Z',
    },
  });
export type AuditEntryView = z.infer<typeof AuditEntryView>;

export const AuditLogView = listView('entries', AuditEntryView).meta({ id: 'AuditLog' });
export type AuditLogView = z.infer<typeof AuditLogView>;

export const toAuditEntryView = (entry: AuditEntry): AuditEntryView => ({
  id: entry.id,
  actor_id: entry.actorId,
  action: entry.action,
  user_id: entry.targetId,
  details: entry.details,
  created_at: entry.createdAt.toISOString(),
});

export const SocketsView = z
  .object({
    sockets: z.int().describe('Open connections, on all nodes that answered.'),
    users_online: z.int().describe('People with at least one.'),
    complete: z.boolean().describe('false: some node did not answer in time.'),
    nodes: z.array(
      z.object({
        node: z.string().describe('The host, its process and a part that is new with every start.'),
        sockets: z.int(),
        users: z.int(),
        started_at: instant(),
      }),
    ),
  })
  .meta({
    id: 'Sockets',
    example: {
      sockets: 3,
      users_online: 2,
      complete: true,
      nodes: [{ node: 'muster-1:4711:k3v9', sockets: 3, users: 2, started_at: '2026-01-31T09:30:00.000Z' }],
    },
  });
export type SocketsView = z.infer<typeof SocketsView>;

export const toSocketsView = ({ nodes, complete }: Nodes, usersOnline: number): SocketsView => ({
  sockets: nodes.reduce((sum, { sockets }) => sum + sockets, 0),
  users_online: usersOnline,
  complete,
  nodes: nodes.map(({ node, sockets, users, startedAt }) => ({ node, sockets, users, started_at: startedAt })),
});
