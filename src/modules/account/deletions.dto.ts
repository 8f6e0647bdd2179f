import { instant } from 'src/core/fields/fields';
import { givenPassword } from 'src/modules/auth/passwords.dto';
import { secondCode } from 'src/modules/auth/two-factor.dto';
import { z } from 'zod';

export const DeleteAccount = z
  .object({
    password: givenPassword(),
    code: secondCode(),
    immediately: z.boolean().default(false).describe('true: without the days in which signing in keeps the account.'),
  })
  .meta({ id: 'DeleteAccount', example: { password: 'correct horse battery', immediately: false } });
export type DeleteAccount = z.infer<typeof DeleteAccount>;

export const DeletionView = z
  .object({ deletion_due_at: instant().describe('Until then signing in keeps the account; after that nothing does.') })
  .meta({ id: 'AccountDeletion', example: { deletion_due_at: '2026-02-14T09:30:00.000Z' } });
export type DeletionView = z.infer<typeof DeletionView>;
