import { instant } from 'src/core/fields/fields';
import { givenPassword } from 'src/modules/auth/passwords.dto';
import { z } from 'zod';

export const DeleteAccount = z
  .object({
    password: givenPassword(),
    code: z
      .string()
      .trim()
      .min(6)
      .max(40)
      .optional()
      .describe('Of the authenticator app, or a recovery code: must be given if two-factor sign-in is on.'),
    immediately: z.boolean().default(false).describe('true: without the days in which signing in keeps the account.'),
  })
  .meta({ id: 'DeleteAccount', example: { password: 'correct horse battery', immediately: false } });
export type DeleteAccount = z.infer<typeof DeleteAccount>;

export const DeletionView = z
  .object({ deletion_due_at: instant().describe('Until then signing in keeps the account; after that nothing does.') })
  .meta({ id: 'AccountDeletion', example: { deletion_due_at: '2026-02-14T09:30:00.000Z' } });
export type DeletionView = z.infer<typeof DeletionView>;
