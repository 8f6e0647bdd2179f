import { defineError } from 'src/core/errors/app-error';

export const InvalidCredentials = defineError('auth.invalid_credentials', 401);
/** Said only to who knew the password. */
export const AccountSuspended = defineError('auth.account_suspended', 403);
export const InvalidRefreshToken = defineError('auth.invalid_refresh_token', 401);
export const WrongPassword = defineError('auth.wrong_password', 403);
export const SessionNotFound = defineError('session.not_found', 404);
export const InvalidCode = defineError('auth.invalid_code', 422);
/** `params.challenge` goes back with a code. */
export const TwoFactorRequired = defineError('auth.two_factor_required', 401);
export const WrongTwoFactorCode = defineError('auth.wrong_two_factor_code', 403);
export const TwoFactorIsOn = defineError('auth.two_factor_on', 409);
export const TwoFactorIsOff = defineError('auth.two_factor_off', 409);
