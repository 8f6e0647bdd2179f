import { id, instant, instantInput } from 'src/core/fields/fields';
import { z } from 'zod';

/** What is left out stays as it is. */
export const ChangePreferences = z
  .object({
    is_muted: z.boolean().optional().describe('true without `muted_until`: until further notice.'),
    muted_until: instantInput()
      .nullish()
      .describe('Mutes the chat up to then; null: the same as if it were not given.'),
    is_pinned: z.boolean().optional(),
    is_archived: z.boolean().optional(),
  })
  .refine(({ is_muted, muted_until }) => is_muted !== false || muted_until == null, {
    path: ['muted_until'],
    params: { code: 'either_or' },
    error: 'not with is_muted: false',
  })
  .meta({ id: 'ChangePreferences', example: { is_muted: true, muted_until: '2026-02-01T07:00:00.000Z' } });
export type ChangePreferences = z.infer<typeof ChangePreferences>;

/** What one participant makes of a chat; nobody else knows. */
export const PreferencesView = z
  .object({
    chat_id: id(),
    is_muted: z.boolean(),
    muted_until: instant().nullable().describe('null: not muted, or until further notice.'),
    is_pinned: z.boolean(),
    is_archived: z.boolean(),
  })
  .meta({
    id: 'ChatPreferences',
    example: {
      chat_id: 12,
      is_muted: true,
      muted_until: '2026-02-01T07:00:00.000Z',
      is_pinned: false,
      is_archived: false,
    },
  });
export type PreferencesView = z.infer<typeof PreferencesView>;

export const ClearedView = z
  .object({ chat_id: id(), up_to_seq: z.int().describe('Messages up to this number are gone for the caller.') })
  .meta({ id: 'ChatCleared', example: { chat_id: 12, up_to_seq: 40 } });
export type ClearedView = z.infer<typeof ClearedView>;
