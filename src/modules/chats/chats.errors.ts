import { defineError } from 'src/core/errors/app-error';

export const ChatNotFound = defineError('chat.not_found', 404);
export const MessageNotFound = defineError('message.not_found', 404);
export const UnknownParticipants = defineError('chat.unknown_participants', 422);
export const PrivateChatNeedsOne = defineError('chat.private_needs_one', 422);
export const GroupNeedsName = defineError('chat.group_needs_name', 422);
export const ReplyNotInChat = defineError('message.reply_not_in_chat', 422);
