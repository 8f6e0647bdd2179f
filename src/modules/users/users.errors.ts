import { defineError } from 'src/core/errors/app-error';

export const UserNotFound = defineError('user.not_found', 404);
export const EmailTaken = defineError('user.email_taken', 409);
export const UsernameTaken = defineError('user.username_taken', 409);
export const CannotBlockSelf = defineError('user.cannot_block_self', 422);
