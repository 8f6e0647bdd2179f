import { defineError } from 'src/core/errors/app-error';

export const NoPosition = defineError('location.no_position', 404);
export const NotShared = defineError('location.not_shared', 404);
export const RecordedInFuture = defineError('location.recorded_in_future', 422);
export const RecordedTooEarly = defineError('location.recorded_too_early', 422);
export const ShareNotFound = defineError('location.share_not_found', 404);
export const ShareTargetUnknown = defineError('location.share_target_unknown', 422);
export const ShareWithSelf = defineError('location.share_with_self', 422);
export const ShareEndOutOfRange = defineError('location.share_end_out_of_range', 422);
export const TooManyShares = defineError('location.too_many_shares', 422);
export const LinkNotFound = defineError('location.link_not_found', 404);
export const LinkPasswordRequired = defineError('location.link_password_required', 403);
export const LinkPasswordWrong = defineError('location.link_password_wrong', 403);
export const PrivatePlaceNotFound = defineError('location.private_place_not_found', 404);
export const TooManyPrivatePlaces = defineError('location.too_many_private_places', 422);
export const ShareRequestNotFound = defineError('location.request_not_found', 404);
export const AskedTooOften = defineError('location.asked_too_often', 429);
