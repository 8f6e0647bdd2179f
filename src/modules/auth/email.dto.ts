import { givenPassword, newPassword } from 'src/modules/auth/passwords.dto';
import { secondCode } from 'src/modules/auth/two-factor.dto';
import { email } from 'src/modules/users/users.dto';
import { z } from 'zod';

const code = () =>
  z
    .string()
    .trim()
    .regex(/^\d{6}$/);
const token = () => z.string().min(20).max(100);

export const VerifyEmail = z
  .object({ verification_code: code() })
  .meta({ id: 'VerifyEmail', example: { verification_code: '123456' } });
export type VerifyEmail = z.infer<typeof VerifyEmail>;

export const VerifyEmailLink = z
  .object({ token: token() })
  .meta({ id: 'VerifyEmailLink', example: { token: 'q0Zk7Jc1mB9xW3vTr5yPuA2sDfGh6LnE' } });
export type VerifyEmailLink = z.infer<typeof VerifyEmailLink>;

export const ChangeEmail = z
  .object({
    new_email: email(),
    password: givenPassword(),
    code: secondCode(),
  })
  .meta({ id: 'ChangeEmail', example: { new_email: 'ana.k@example.org', password: 'correct horse battery' } });
export type ChangeEmail = z.infer<typeof ChangeEmail>;

export const ForgotPassword = z
  .object({ email: email() })
  .meta({ id: 'ForgotPassword', example: { email: 'ana@example.org' } });
export type ForgotPassword = z.infer<typeof ForgotPassword>;

/** By the code and the address it went to, or by the token of the link alone. */
export const ResetPassword = z
  .object({
    email: email().optional(),
    code: code().optional(),
    token: token().optional(),
    new_password: newPassword(),
  })
  .refine(({ email: address, code: digits, token: link }) => link ?? (address && digits), {
    path: ['code'],
    params: { code: 'required' },
    error: 'required',
  })
  .meta({
    id: 'ResetPassword',
    example: { email: 'ana@example.org', code: '123456', new_password: 'seven clouds over Bled' },
  });
export type ResetPassword = z.infer<typeof ResetPassword>;
