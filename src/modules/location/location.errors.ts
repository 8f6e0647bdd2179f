import { defineError } from 'src/core/errors/app-error';

export const NoPosition = defineError('location.no_position', 404);
export const NotShared = defineError('location.not_shared', 404);
export const RecordedInFuture = defineError('location.recorded_in_future', 422);
export const RecordedTooEarly = defineError('location.recorded_too_early', 422);
export const ShareNotFound = defineError('location.share_not_found', 404);
export const ShareTargetUnknown = defineError('location.share_target_unknown', 422);
export const ShareWithSelf = defineError('location.share_with_self', 422);
export const ShareEndOutOfRange = defineError('location.share_end_out_of_range', 422);
