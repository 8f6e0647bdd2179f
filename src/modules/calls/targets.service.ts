import { Injectable } from '@nestjs/common';
import type { Principal } from 'src/core/context/context';
import { AppError } from 'src/core/errors/app-error';
import { LARGEST_CALL, type InitiateCall } from 'src/modules/calls/calls.dto';
import { CallNotPermitted, NobodyToCall, TooManyInCall, UnknownCallees } from 'src/modules/calls/calls.errors';
import { ChatsService } from 'src/modules/chats/chats.service';
import { NewChatsService } from 'src/modules/chats/new-chats.service';
import { BlocksService } from 'src/modules/users/blocks.service';
import { PrivacyService } from 'src/modules/users/privacy.service';
import { UsersService } from 'src/modules/users/users.service';

/** Whom somebody calls. */
export interface Target {
  others: string[];
  isGroup: boolean;
  chatId: number | null;
}

/** Says who may be called. */
@Injectable()
export class TargetsService {
  constructor(
    private readonly chats: ChatsService,
    private readonly newChats: NewChatsService,
    private readonly users: UsersService,
    private readonly privacy: PrivacyService,
    private readonly blocks: BlocksService,
  ) {}

  /** Those whom the caller would reach. Throws `call.nobody_to_call`, `call.too_many`, `call.unknown_callees`, `call.not_permitted`. */
  async of(user: Principal, draft: InitiateCall): Promise<Target> {
    const { callee_id, callee_ids = [], chat_id: chatId, is_group_call: asGroup } = draft;
    const named = new Set([...(callee_id ? [callee_id] : []), ...callee_ids]);
    named.delete(user.userId);
    if (chatId !== undefined) return this.inChat(user, chatId, named);
    const others = [...named];
    if (!others.length) throw NobodyToCall();
    if (others.length === 1 && !asGroup) return this.inPrivateChat(user, others[0]!);
    if (others.length >= LARGEST_CALL) throw TooManyInCall({ limit: LARGEST_CALL });
    await this.requireWilling(user, others);
    return { others, isGroup: true, chatId: null };
  }

  /** In the private chat of the two, which is made if need be, if the other lets the caller write to him. */
  private async inPrivateChat(user: Principal, otherId: string): Promise<Target> {
    const known = await this.chats.privateChatOf(user.userId, otherId);
    if (known !== undefined) return this.ofTwo(user, otherId, known);
    if (!(await this.users.activeByIds([otherId])).size) throw UnknownCallees({ user_ids: otherId });
    const { chat } = await this.newChats
      .create(user, { chat_type: 'private', participant_ids: [otherId] })
      .catch((error: unknown) => {
        const isRefused = error instanceof AppError && error.code === 'chat.not_permitted';
        throw isRefused ? CallNotPermitted({ user_ids: otherId }) : error;
      });
    return this.ofTwo(user, otherId, chat.id);
  }

  private async inChat(user: Principal, chatId: number, named: Set<string>): Promise<Target> {
    const { chat_type: type } = await this.chats.access(user.userId, chatId);
    const members = (await this.chats.participantIds(chatId)).filter((userId) => userId !== user.userId);
    const outside = [...named].filter((userId) => !members.includes(userId));
    if (outside.length) throw UnknownCallees({ user_ids: outside.join(', ') });
    if (type === 'private') return this.ofTwo(user, members[0], chatId);
    const wanted = named.size ? [...named] : members;
    const [active, blocked] = [
      await this.users.activeByIds(wanted),
      await this.blocks.blockedBetween(user.userId, wanted),
    ];
    const others = wanted.filter((userId) => active.has(userId) && !blocked.has(userId));
    if (!others.length) throw NobodyToCall();
    if (others.length >= LARGEST_CALL) throw TooManyInCall({ limit: LARGEST_CALL });
    return { others, isGroup: true, chatId };
  }

  private async ofTwo(user: Principal, otherId: string | undefined, chatId: number): Promise<Target> {
    if (otherId === undefined) throw NobodyToCall();
    const parted = await this.blocks.parted([[user.userId, otherId]]);
    if (parted.length) throw CallNotPermitted({ user_ids: otherId });
    return { others: [otherId], isGroup: false, chatId };
  }

  /** Throws `call.unknown_callees`, `call.not_permitted`. */
  async requireWilling(user: Principal, userIds: string[]) {
    const known = await this.users.activeByIds(userIds);
    const unknown = userIds.filter((userId) => !known.has(userId));
    if (unknown.length) throw UnknownCallees({ user_ids: unknown.join(', ') });
    const refusing = await this.privacy.refusing(user.userId, 'add_to_group', [...known.values()]);
    if (refusing.length) throw CallNotPermitted({ user_ids: refusing.join(', ') });
  }
}
