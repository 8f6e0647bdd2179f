import { givenPassword } from 'src/modules/auth/passwords.dto';
import { z } from 'zod';

const appCode = () =>
  z
    .string()
    .transform((text) => text.replace(/\s/g, ''))
    .pipe(z.string().regex(/^\d{6}$/))
    .meta({ type: 'string', example: '123456' });
const eitherCode = () => z.string().trim().min(6).max(40);
const anyCode = () => eitherCode().describe('Of the app, or a recovery code.');
/** Beside a password, of who has two-factor sign-in. */
export const secondCode = () =>
  eitherCode()
    .optional()
    .describe('Of the authenticator app, or a recovery code: must be given if two-factor sign-in is on.');

export const EnableTwoFactor = z
  .object({ password: givenPassword() })
  .meta({ id: 'EnableTwoFactor', example: { password: 'correct horse battery' } });
export type EnableTwoFactor = z.infer<typeof EnableTwoFactor>;

export const ConfirmTwoFactor = z
  .object({ code: appCode() })
  .meta({ id: 'ConfirmTwoFactor', example: { code: '492039' } });
export type ConfirmTwoFactor = z.infer<typeof ConfirmTwoFactor>;

export const DisableTwoFactor = z
  .object({ password: givenPassword(), code: anyCode() })
  .meta({ id: 'DisableTwoFactor', example: { password: 'correct horse battery', code: '492039' } });
export type DisableTwoFactor = z.infer<typeof DisableTwoFactor>;

export const RenewRecoveryCodes = z
  .object({ password: givenPassword(), code: anyCode() })
  .meta({ id: 'RenewRecoveryCodes', example: { password: 'correct horse battery', code: '492039' } });
export type RenewRecoveryCodes = z.infer<typeof RenewRecoveryCodes>;

export const LoginWithCode = z
  .object({
    challenge: z.string().max(2000).describe('From `params.challenge` of the fault `auth.two_factor_required`.'),
    code: anyCode(),
  })
  .meta({ id: 'LoginWithCode', example: { challenge: 'eyJhbGciOiJIUzI1NiIs…', code: '492039' } });
export type LoginWithCode = z.infer<typeof LoginWithCode>;

export const TwoFactorView = z
  .object({ enabled: z.boolean(), recovery_codes_left: z.int() })
  .meta({ id: 'TwoFactor', example: { enabled: true, recovery_codes_left: 10 } });
export type TwoFactorView = z.infer<typeof TwoFactorView>;

export const EnrolmentView = z
  .object({ secret: z.string().describe('Base32.'), otpauth_url: z.string().describe('For a QR code.') })
  .meta({
    id: 'TwoFactorEnrolment',
    example: {
      secret: 'JBSWY3DPEHPK3PXP',
      otpauth_url: 'otpauth://totp/Muster:ana?secret=JBSWY3DPEHPK3PXP&issuer=Muster',
    },
  });
export type EnrolmentView = z.infer<typeof EnrolmentView>;

export const RecoveryCodesView = z
  .object({ recovery_codes: z.array(z.string()).describe('Each good once; shown only now.') })
  .meta({ id: 'RecoveryCodes' });
export type RecoveryCodesView = z.infer<typeof RecoveryCodesView>;
