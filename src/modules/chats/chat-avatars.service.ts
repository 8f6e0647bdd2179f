import { Injectable } from '@nestjs/common';
import type { Principal } from 'src/core/context/context';
import { Database } from 'src/core/database/database';
import { Forbidden } from 'src/core/errors/common.errors';
import type { IncomingFile } from 'src/core/http/multipart';
import { ChatAvatarsRepository } from 'src/modules/chats/chat-avatars.repository';
import { ChatLog } from 'src/modules/chats/chat-log.service';
import { mayEdit } from 'src/modules/chats/chats.policy';
import { MembershipService } from 'src/modules/chats/membership.service';
import { NoticesService } from 'src/modules/chats/notices.service';
import { AvatarPicturesService } from 'src/modules/files/avatar-pictures.service';
import { toAvatarView, type AvatarView } from 'src/modules/files/avatars.dto';
import { LetsReadFiles, UsesFiles } from 'src/modules/files/file-uses.service';
import { FilesService } from 'src/modules/files/files.service';

/** Pictures of groups, for those who take part in them to see. */
@Injectable()
export class ChatAvatarsService {
  constructor(
    private readonly db: Database,
    private readonly log: ChatLog,
    private readonly membership: MembershipService,
    private readonly notices: NoticesService,
    private readonly avatars: ChatAvatarsRepository,
    private readonly pictures: AvatarPicturesService,
    private readonly files: FilesService,
  ) {}

  /**
   * Takes the place of the one before, which goes. Throws `chat.not_found`, `chat.not_a_group`, `auth.forbidden` before it reads the
   * picture, and what `AvatarPicturesService.take` throws.
   */
  async set(user: Principal, chatId: number, picture: IncomingFile): Promise<AvatarView> {
    await this.db.tx(() => this.requireEditor(user, chatId));
    const fileId = await this.pictures.take(user.userId, picture);
    await this.change(user, chatId, fileId);
    return toAvatarView(fileId);
  }

  /** Does nothing if there is none. Throws `chat.not_found`, `chat.not_a_group`, `auth.forbidden`. */
  async remove(user: Principal, chatId: number): Promise<void> {
    await this.change(user, chatId, null);
  }

  /** Its file is gone: the group has none, but for one that it was given meanwhile. Safe to repeat. */
  async drop(fileId: number): Promise<void> {
    await this.db.tx(async () => {
      await this.log.lock(await this.avatars.chatsWith(fileId));
      for (const chatId of await this.avatars.chatsWith(fileId)) {
        await this.avatars.set(chatId, null);
        await this.log.append(chatId, { type: 'chat_updated' });
      }
    });
  }

  @LetsReadFiles('chat_avatars')
  readable(userId: string, fileIds: number[]): Promise<number[]> {
    return this.avatars.seenBy(userId, fileIds);
  }

  @UsesFiles('chat_avatars')
  used(fileIds: number[]): Promise<number[]> {
    return this.avatars.among(fileIds);
  }

  private async change(user: Principal, chatId: number, fileId: number | null) {
    await this.db.tx(async () => {
      await this.requireEditor(user, chatId);
      const before = await this.avatars.set(chatId, fileId);
      if (before === fileId) return;
      if (before !== null) await this.files.release([before]);
      await this.log.append(chatId, { type: 'chat_updated' });
      const event = fileId === null ? 'avatar_removed' : 'avatar_changed';
      await this.notices.say(chatId, { event, actor_id: user.userId });
    });
  }

  private async requireEditor({ userId }: Principal, chatId: number) {
    const standing = await this.membership.standing(userId, chatId);
    if (!mayEdit(standing, standing.role)) throw Forbidden();
  }
}
