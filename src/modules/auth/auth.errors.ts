import { defineError } from 'src/core/errors/app-error';

export const InvalidCredentials = defineError('auth.invalid_credentials', 401);
export const InvalidRefreshToken = defineError('auth.invalid_refresh_token', 401);
export const WrongPassword = defineError('auth.wrong_password', 403);
export const SessionNotFound = defineError('session.not_found', 404);
export const InvalidCode = defineError('auth.invalid_code', 422);
