import { randomBytes } from 'node:crypto';
import { instant, text } from 'src/core/fields/fields';
import { ROLES } from 'src/core/http/roles';
import { word } from 'src/core/i18n/words';
import type { Status } from 'src/core/realtime/presence';
import { PresenceView, toPresenceView } from 'src/modules/users/presence.dto';
import type { User } from 'src/modules/users/users.entities';
import { z } from 'zod';

export const username = () =>
  z
    .string()
    .min(3)
    .max(50)
    .regex(/^[A-Za-z0-9_]+$/)
    .transform((name) => name.toLowerCase());

export const email = () =>
  z
    .string()
    .trim()
    .max(255)
    .pipe(z.email())
    .transform((address) => address.toLowerCase());

export const displayName = () => text({ min: 1, max: 100 });

const isTimeZone = (name: string) => {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
};

/** The user himself sees this of himself. `full_name` is `display_name`, for clients of either habit. */
export const ProfileView = z
  .object({
    id: z.uuid(),
    username: z.string(),
    email: z.string(),
    display_name: z.string(),
    full_name: z.string(),
    avatar_url: z.string().nullable(),
    bio: z.string().nullable(),
    phone_number: z.string().nullable(),
    language: z.string().nullable(),
    timezone: z.string(),
    is_active: z.boolean(),
    is_verified: z.boolean(),
    role: z.enum(ROLES),
    status_message: z.string().nullable(),
    ...PresenceView.shape,
    created_at: instant(),
    updated_at: instant(),
  })
  .meta({
    id: 'Profile',
    example: {
      id: '0199c5a0-7d2e-7b61-9d3c-2f6f0c6f4a11',
      username: 'ana',
      email: 'ana@example.org',
      display_name: 'Ana',
      full_name: 'Ana',
      avatar_url: null,
      bio: null,
      phone_number: null,
      language: 'en',
      timezone: 'Europe/Ljubljana',
      is_active: true,
      is_verified: false,
      role: 'user',
      status_message: 'On the trail',
      status: 'online',
      is_online: true,
      last_seen: null,
      created_at: '2026-01-31T09:30:00.000Z',
      updated_at: '2026-01-31T09:30:00.000Z',
    },
  });
export type ProfileView = z.infer<typeof ProfileView>;

/** `connected` is the status of his connections. */
export function toProfileView(user: User, connected: Status = 'offline'): ProfileView {
  const name = user.displayName ?? user.username;
  return {
    id: user.id,
    username: user.username,
    email: user.email,
    display_name: name,
    full_name: name,
    avatar_url: user.avatarUrl,
    bio: user.bio,
    phone_number: user.phoneNumber,
    language: user.language,
    timezone: user.timezone,
    is_active: user.isActive,
    is_verified: user.isVerified,
    role: user.role,
    status_message: user.statusMessage,
    ...toPresenceView(user, connected, true),
    created_at: user.createdAt.toISOString(),
    updated_at: user.updatedAt.toISOString(),
  };
}

/** Usernames that nobody can choose. */
const STAND_IN = /^deleted-[0-9a-f]{12}$/;
export const newStandInName = (): string => `deleted-${randomBytes(6).toString('hex')}`;

/** A person's name as it is shown; of a deleted account, those words in the reader's language. */
export const shownName = (name: string): string => (STAND_IN.test(name) ? word('deleted_account') : name);

/** What others see of a user beside his messages and positions. */
export const PersonView = z
  .object({ id: z.uuid(), username: z.string(), display_name: z.string(), avatar_url: z.string().nullable() })
  .meta({
    id: 'Person',
    example: { id: '0199c5a0-7d2e-7b61-9d3c-2f6f0c6f4a11', username: 'ana', display_name: 'Ana', avatar_url: null },
  });
export type PersonView = z.infer<typeof PersonView>;

export const toPersonView = (user: Pick<User, 'id' | 'username' | 'displayName' | 'avatarUrl'>): PersonView => ({
  id: user.id,
  username: user.username,
  display_name: shownName(user.displayName ?? user.username),
  avatar_url: user.avatarUrl,
});

/** The user of a row of SQL, as joined to it. */
export const personOfRow = (
  row: Pick<PersonView, 'username' | 'avatar_url'> & { user_id: string; display_name: string | null },
) =>
  toPersonView({ id: row.user_id, username: row.username, displayName: row.display_name, avatarUrl: row.avatar_url });

/** What is left out stays as it is; null empties. */
export const UpdateProfile = z
  .object({
    username: username()
      .optional()
      .describe('Five times a day at most; the one before is kept from others for 30 days.'),
    display_name: displayName().optional(),
    full_name: displayName().optional(),
    bio: text({ max: 500 }).nullable().optional(),
    phone_number: z
      .string()
      .max(20)
      .regex(/^\+?[0-9 ()-]{3,}$/)
      .nullable()
      .optional(),
    language: z.string().min(1).max(35).nullable().optional(),
    timezone: z
      .string()
      .max(64)
      .refine(isTimeZone, { params: { code: 'unknown_time_zone' }, error: 'unknown time zone' })
      .optional(),
  })
  .meta({ id: 'UpdateProfile', example: { display_name: 'Ana K.', language: 'id', timezone: 'Asia/Jakarta' } });
export type UpdateProfile = z.infer<typeof UpdateProfile>;
