import { defineError } from 'src/core/errors/app-error';

export const ChatNotFound = defineError('chat.not_found', 404);
export const MessageNotFound = defineError('message.not_found', 404);
export const UnknownParticipants = defineError('chat.unknown_participants', 422);
export const PrivateChatNeedsOne = defineError('chat.private_needs_one', 422);
export const SavedNeedsNobody = defineError('chat.saved_needs_nobody', 422);
export const GroupNeedsName = defineError('chat.group_needs_name', 422);
/** Also where one of a pair has blocked the other, has gone or was suspended: which of it is nobody's to know. */
export const ChatClosed = defineError('chat.closed', 403);
/** They do not let the caller write to or add them, or one has blocked the other: which of it is nobody's to know. */
export const ChatNotPermitted = defineError('chat.not_permitted', 403);
export const MessageDeleted = defineError('message.deleted', 409);
export const MessageNotYours = defineError('message.not_yours', 403);
export const MessageNotEditable = defineError('message.not_editable', 422);
/** What Muster says, a live share, and what nobody can make of a picture or GIF any more. */
export const MessageNotForwardable = defineError('message.not_forwardable', 422);
export const MessageTooOldToEdit = defineError('message.too_old_to_edit', 403);
export const TooManyEdits = defineError('message.too_many_edits', 422);
export const TooManyReactions = defineError('message.too_many_reactions', 422);
export const TooManyPins = defineError('chat.too_many_pins', 422);
export const WrongFile = defineError('message.wrong_file', 422);
export const ReplyNotInChat = defineError('message.reply_not_in_chat', 422);
/** Only groups have members that come and go, roles, settings and invitations. */
export const NotAGroup = defineError('chat.not_a_group', 422);
export const ChatFull = defineError('chat.full', 409);
export const ParticipantNotFound = defineError('participant.not_found', 404);
/** Only those may write whom the group's settings let. */
export const PostingNotAllowed = defineError('chat.posting_not_allowed', 403);
export const SlowMode = defineError('chat.slow_mode', 429);
/** Also one that has expired, is used up, was revoked, or is not for the caller: which of it is nobody's to know. */
export const InviteNotFound = defineError('invite.not_found', 404);
export const TooManyInvites = defineError('invite.too_many', 409);
