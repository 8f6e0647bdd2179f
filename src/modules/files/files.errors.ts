import { defineError } from 'src/core/errors/app-error';

export const FileNotFound = defineError('file.not_found', 404);
export const FileEmpty = defineError('file.empty', 422);
/** `limit` is in bytes. */
export const FileTooLarge = defineError('file.too_large', 413);
/** `type` is what the content says it is, whatever it is called. */
export const FileTypeNotAllowed = defineError('file.type_not_allowed', 415);
/** `used` and `size` with which it would be more than `limit`, in bytes. */
export const QuotaExceeded = defineError('file.quota_exceeded', 413);
/** The same for one day; `retry_after` are the seconds until the next. */
export const DailyQuotaExceeded = defineError('file.daily_quota_exceeded', 429);
/** Its bytes have not come yet, or others than announced. */
export const UploadNotReceived = defineError('file.upload_not_received', 409);
/** It is being made ready for others, which takes seconds. */
export const FileProcessing = defineError('file.processing', 409);
/** Nothing could be made of it that others may get. */
export const FileProcessingFailed = defineError('file.processing_failed', 409);
export const NoThumbnail = defineError('file.no_thumbnail', 404);
export const AvatarUnreadable = defineError('avatar.unreadable', 422);
