import { Injectable } from '@nestjs/common';
import type { Context } from 'src/core/context/context';
import { Database } from 'src/core/database/database';
import { Bus } from 'src/core/events/bus';
import { ChatsRepository } from 'src/modules/chats/chats.repository';
import { FreshMessages } from 'src/modules/chats/fresh-messages';
import { MentionsService } from 'src/modules/chats/mentions.service';
import { MessageMediaService } from 'src/modules/chats/message-media.service';
import { toMessageView, type MessageView } from 'src/modules/chats/messages.dto';
import { plainRow, type Plan, type Planned } from 'src/modules/chats/messages.plan';
import { MessagesRepository } from 'src/modules/chats/messages.repository';
import { MessagesService } from 'src/modules/chats/messages.service';
import type { Send } from 'src/modules/chats/sending.ground';

/** Stores what was planned, and publishes it. */
@Injectable()
export class SendingStore {
  constructor(
    private readonly db: Database,
    private readonly bus: Bus,
    private readonly chats: ChatsRepository,
    private readonly messages: MessagesRepository,
    private readonly mentions: MentionsService,
    private readonly media: MessageMediaService,
    private readonly fresh: FreshMessages,
    private readonly shown: MessagesService,
  ) {}

  /** The messages that are new by the plan, in its order. Within the transaction that holds the chats' locks. */
  async keep({ messages, heads, verdicts }: Plan, sends: Send[]): Promise<MessageView[]> {
    if (!messages.length) return [];
    const mentioned = await this.mentions.of(messages);
    this.messages.insert(
      messages,
      mentioned.map(({ all }) => all),
    );
    const newestOf = new Map(
      messages.map(({ chatId, senderId: userId, seq, ordinal }) => [
        `${chatId}:${userId}`,
        { chatId, userId, seq, ordinal },
      ]),
    );
    this.chats.advance(
      [...heads].map(([chatId, head]) => ({ chatId, ...head })),
      [...newestOf.values()],
    );
    const ids = messages.map(({ id }) => id);
    await this.mentions.store(ids.map((messageId, index) => ({ messageId, userIds: mentioned[index]!.userIds })));
    const threads = messages.flatMap(({ threadId }) => threadId ?? []);
    if (threads.length) await this.messages.countReplies(threads);
    const plain = messages.flatMap((message, index) => plainRow(message, mentioned[index]!) ?? []);
    this.db.onCommit(() => this.fresh.keep(plain));
    const contexts: Context[] = [];
    verdicts.forEach((verdict, index) => {
      if ('stored' in verdict) contexts[verdict.stored] ??= sends[index]!.context;
    });
    await this.media.used(messages);
    const stated = <P>(payload: (id: number, message: Planned) => P) =>
      ids.map((id, index) => ({ payload: payload(id, messages[index]!), context: contexts[index]! }));
    await this.bus.publishAll(
      'message.created',
      stated((message_id, { chatId: chat_id }) => ({ message_id, chat_id })),
    );
    const answers = new Map(
      messages.flatMap(({ chatId, senderId, sender }, index) =>
        sender.answers ? [[`${chatId}:${senderId}`, { chat_id: chatId, user_id: senderId, index }] as const] : [],
      ),
    );
    if (answers.size)
      await this.bus.publishAll(
        'chat.answered',
        [...answers.values()].map(({ index, ...payload }) => ({ payload, context: contexts[index]! })),
      );
    await this.bus.publishAll(
      'chat.changed',
      stated((message_id, { chatId: chat_id, seq, senderId: actor_id, sender: { pair } }) => {
        return { pair, chat_id, seq, type: 'new_message' as const, message_id, user_id: null, actor_id, data: null };
      }),
    );
    const views = new Map((await this.shown.rowsBut(ids, plain)).map((row) => [row.id, toMessageView(row)]));
    return ids.map((id) => views.get(id)!);
  }
}
