import { defineError } from 'src/core/errors/app-error';

export const FileNotFound = defineError('file.not_found', 404);
export const FileEmpty = defineError('file.empty', 422);
/** `limit` is in bytes. */
export const FileTooLarge = defineError('file.too_large', 413);
/** `type` is what the content says it is, whatever it is called. */
export const FileTypeNotAllowed = defineError('file.type_not_allowed', 415);
