import { defineError } from 'src/core/errors/app-error';

export const CallNotFound = defineError('call.not_found', 404);
/** It has ended, or nobody may come in any more. */
export const CallOver = defineError('call.over', 409);
export const AnsweredElsewhere = defineError('call.answered_elsewhere', 409);
/** The caller is called or in a call himself. */
export const AlreadyInCall = defineError('call.already_in_call', 409);
export const NotInCall = defineError('call.not_in_call', 409);
/** They do not let the caller call or add them, or one has blocked the other: which of it is nobody's to know. */
export const CallNotPermitted = defineError('call.not_permitted', 403);
export const NobodyToCall = defineError('call.nobody_to_call', 422);
export const UnknownCallees = defineError('call.unknown_callees', 422);
export const TooManyInCall = defineError('call.too_many', 422);
export const NotRateable = defineError('call.not_rateable', 409);
export const PersonNotInCall = defineError('call.person_not_in_call', 409);
