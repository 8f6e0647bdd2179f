import { Injectable } from '@nestjs/common';
import type { Context } from 'src/core/context/context';
import { postingLimit } from 'src/modules/chats/chats.policy';
import { ChatsRepository, type LockedChat } from 'src/modules/chats/chats.repository';
import { ForwardsService } from 'src/modules/chats/forwards.service';
import { MessageFilesService } from 'src/modules/chats/message-files.service';
import { MessageMediaService } from 'src/modules/chats/message-media.service';
import { MessageSharesService } from 'src/modules/chats/message-shares.service';
import type { Draft, Ground } from 'src/modules/chats/messages.plan';
import { MessagesRepository, type Place } from 'src/modules/chats/messages.repository';
import { BlocksService } from 'src/modules/users/blocks.service';

/** A draft and the request it came with. */
export interface Send {
  draft: Draft;
  context: Context;
}

/** Reads all that bears on whether messages may be sent, and on what becomes of them. */
@Injectable()
export class SendingGround {
  constructor(
    private readonly chats: ChatsRepository,
    private readonly messages: MessagesRepository,
    private readonly blocks: BlocksService,
    private readonly files: MessageFilesService,
    private readonly forwards: ForwardsService,
    private readonly media: MessageMediaService,
    private readonly shares: MessageSharesService,
  ) {}

  /** Takes the chats' locks first and keeps them to the commit: so numbers have no gaps, and who was removed can't send any more. */
  async of(sends: Send[]): Promise<Ground> {
    const drafts = sends.map(({ draft }) => draft);
    const named = drafts.flatMap(({ senderId, clientId }) => (clientId === null ? [] : [{ senderId, clientId }]));
    const answered = drafts.flatMap(({ replyToId, threadId }) => [replyToId ?? [], threadId ?? []].flat());
    // together on their way, but one after the other: what is read is read under the locks
    const [locked, posters, sentBefore, places] = await Promise.all([
      this.chats.lock([...new Set(drafts.map(({ chatId }) => chatId))]),
      this.chats.takingPart(drafts.map(({ chatId, senderId: userId }) => ({ chatId, userId }))),
      named.length ? this.messages.byClientIds(named) : [],
      answered.length ? this.messages.placesOf(answered) : new Map<number, Place>(),
    ]);
    const heads = new Map(locked.map(({ id, lastSeq, messageCount }) => [id, { seq: lastSeq, ordinal: messageCount }]));
    const members = new Map(posters.map((poster) => [`${poster.chatId}:${poster.userId}`, poster]));
    const limits = new Map(
      posters.flatMap((poster) => {
        const limit = postingLimit(poster, poster, poster.now);
        return limit ? [[`${poster.chatId}:${poster.userId}`, limit] as const] : [];
      }),
    );
    return {
      heads,
      members,
      limits,
      closed: await this.closed(locked),
      sentBefore,
      places,
      files: await this.files.of(drafts),
      forwards: await this.forwards.of(drafts),
      stickers: await this.media.of(sends),
      wrongShares: await this.shares.faults(sends),
      newIds: posters.map(({ messageId: id, createdAt }) => ({ id, createdAt })),
    };
  }

  /** Those of the chats that are private ones of two who have parted. */
  private async closed(locked: LockedChat[]): Promise<Set<number>> {
    const chats = locked.flatMap(({ id, pair }) => (pair ? [{ id, pair }] : []));
    const parted = new Set((await this.blocks.parted(chats.map(({ pair }) => pair))).map(String));
    return new Set(chats.flatMap(({ id, pair }) => (parted.has(String(pair)) ? [id] : [])));
  }
}
