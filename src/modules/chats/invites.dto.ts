import { id, instant } from 'src/core/fields/fields';
import { listView } from 'src/core/http/paging';
import type { InviteRow } from 'src/modules/chats/invites.repository';
import { PersonView } from 'src/modules/users/users.dto';
import { z } from 'zod';

const YEAR_SECONDS = 31_536_000;

export const CreateInvite = z
  .object({
    expires_in_seconds: z.int().min(60).max(YEAR_SECONDS).optional().describe('Without it the link does not expire.'),
    max_uses: z.int().min(1).max(10_000).optional().describe('How many may join by it; without it, all.'),
  })
  .meta({ id: 'CreateInvite', example: { expires_in_seconds: 86_400, max_uses: 10 } });
export type CreateInvite = z.infer<typeof CreateInvite>;

export const InviteView = z
  .object({
    id: id(),
    chat_id: id(),
    created_by: z.uuid(),
    expires_at: instant().nullable(),
    max_uses: z.int().nullable(),
    uses: z.int(),
    created_at: instant(),
  })
  .meta({
    id: 'Invite',
    example: {
      id: 3,
      chat_id: 12,
      created_by: '0199c5a0-7d2e-7b61-9d3c-2f6f0c6f4a11',
      expires_at: '2026-02-01T09:30:00.000Z',
      max_uses: 10,
      uses: 2,
      created_at: '2026-01-31T09:30:00.000Z',
    },
  });
export type InviteView = z.infer<typeof InviteView>;

export const NewInviteView = InviteView.extend({
  token: z.string().describe('What the link must carry. Shown this once: only its hash is kept.'),
}).meta({ id: 'NewInvite' });
export type NewInviteView = z.infer<typeof NewInviteView>;

export const InviteListView = listView('invites', InviteView).meta({ id: 'InviteList' });
export type InviteListView = z.infer<typeof InviteListView>;

/** 128 random bits. */
export const inviteToken = () => z.string().regex(/^[\w-]{22}$/);

/** What somebody with the link sees before he joins. */
export const InvitePreviewView = z
  .object({
    name: z.string(),
    description: z.string().nullable(),
    participant_count: z.int(),
    is_participant: z.boolean().describe('The caller is in already.'),
    invited_by: PersonView,
    expires_at: instant().nullable(),
  })
  .meta({
    id: 'InvitePreview',
    example: {
      name: 'Hikers',
      description: null,
      participant_count: 12,
      is_participant: false,
      invited_by: {
        id: '0199c5a0-7d2e-7b61-9d3c-2f6f0c6f4a11',
        username: 'ana',
        display_name: 'Ana',
        avatar_url: null,
      },
      expires_at: null,
    },
  });
export type InvitePreviewView = z.infer<typeof InvitePreviewView>;

export const toInviteView = (row: InviteRow): InviteView => ({
  id: row.id,
  chat_id: row.chat_id,
  created_by: row.created_by,
  expires_at: row.expires_at?.toISOString() ?? null,
  max_uses: row.max_uses,
  uses: row.uses,
  created_at: row.created_at.toISOString(),
});
