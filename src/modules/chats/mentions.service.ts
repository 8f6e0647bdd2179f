import { Injectable } from '@nestjs/common';
import type { Addressed } from 'src/modules/chats/mentions';
import { MentionsRepository } from 'src/modules/chats/mentions.repository';

/** A text in a chat, by whom, and whom it addresses. */
export interface Addressing {
  chatId: number;
  senderId: string;
  addressed: Addressed;
}

/** Whom it reaches. */
export interface Mentioned {
  /** Participants whom it names, never the sender himself. */
  userIds: string[];
  /** Everybody: said by somebody who may. */
  all: boolean;
}

/** Whom messages name. A name of somebody who takes no part in the chat is only text, and so is `@all` from an ordinary member. */
@Injectable()
export class MentionsService {
  constructor(private readonly mentions: MentionsRepository) {}

  /** Whom each of the texts reaches, in their order: at most two statements for any number, none if they address nobody. */
  async of(texts: Addressing[]): Promise<Mentioned[]> {
    const named = texts.flatMap(({ chatId, addressed }) =>
      addressed.usernames.map((username) => ({ chatId, username })),
    );
    const toAll = texts.filter(({ addressed }) => addressed.all);
    const members = named.length ? await this.mentions.members(named) : [];
    const callers = toAll.length ? await this.mentions.mayAddressAll(toAll) : new Set<string>();
    return texts.map(({ chatId, senderId, addressed }) => ({
      userIds: members
        .filter((one) => one.chatId === chatId && one.userId !== senderId && addressed.usernames.includes(one.username))
        .map(({ userId }) => userId),
      all: addressed.all && callers.has(`${chatId}:${senderId}`),
    }));
  }

  /** Keeps whom new messages name. */
  async store(mentioned: { messageId: number; userIds: string[] }[]): Promise<void> {
    const rows = mentioned.flatMap(({ messageId, userIds }) => userIds.map((userId) => ({ messageId, userId })));
    if (rows.length) await this.mentions.insert(rows);
  }

  /**
   * Keeps whom a message names now that it has been edited. A name that it said before and that reached somebody who is called otherwise
   * by now still reaches him, and nobody who has got it since.
   */
  async replace(messageId: number, text: Addressing, before: Addressed): Promise<void> {
    const { usernames } = text.addressed;
    const unchanged = usernames.filter((name) => before.usernames.includes(name));
    const former = unchanged.length ? await this.mentions.formerlyNamed(messageId, unchanged) : [];
    const others = usernames.filter((name) => !former.some(({ username }) => username === name));
    const [{ userIds, all }] = (await this.of([{ ...text, addressed: { ...text.addressed, usernames: others } }])) as [
      Mentioned,
    ];
    await this.mentions.replace(messageId, [...new Set([...userIds, ...former.map(({ userId }) => userId)])], all);
  }
}
