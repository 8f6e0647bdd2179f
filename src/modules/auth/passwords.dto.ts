import { characters } from 'src/core/fields/fields';
import { z } from 'zod';

/** A password to be set; whether it is strong enough is asked later, for that takes what else is known of the user. */
export const newPassword = () =>
  z
    .string()
    .max(1024)
    .refine((text) => text.isWellFormed(), { params: { code: 'unreadable_text' }, error: 'unreadable text' })
    .refine((text) => characters(text) >= 8 && characters(text) <= 128, {
      params: { code: 'password_length' },
      error: '8–128 characters',
    })
    .meta({ minLength: 8, maxLength: 128 });

/** A password to be compared. */
export const givenPassword = () => z.string().max(1024);

export const ChangePassword = z
  .object({
    current_password: givenPassword().optional(),
    old_password: givenPassword().optional().describe('The same under another name.'),
    new_password: newPassword(),
  })
  .refine(({ current_password: current, old_password: old }) => current ?? old, {
    path: ['current_password'],
    params: { code: 'required' },
    error: 'required',
  })
  .meta({
    id: 'ChangePassword',
    example: { current_password: 'correct horse battery', new_password: 'seven clouds over Bled' },
  });
export type ChangePassword = z.infer<typeof ChangePassword>;
