import { Injectable } from '@nestjs/common';
import { Database } from 'src/core/database/database';
import { AvatarPicturesService } from 'src/modules/files/avatar-pictures.service';
import { toAvatarView, type AvatarView } from 'src/modules/files/avatars.dto';
import { AvatarsRepository } from 'src/modules/files/avatars.repository';
import { LetsReadFiles, UsesFiles } from 'src/modules/files/file-uses.service';
import { FilesService } from 'src/modules/files/files.service';
import type { IncomingFile } from 'src/core/http/multipart';
import { ProfilesService } from 'src/modules/users/profiles.service';
import { UsersService } from 'src/modules/users/users.service';

/** Pictures that users show of themselves, to whoever may see their profile. */
@Injectable()
export class AvatarsService {
  constructor(
    private readonly db: Database,
    private readonly pictures: AvatarPicturesService,
    private readonly files: FilesService,
    private readonly users: UsersService,
    private readonly profiles: ProfilesService,
    private readonly avatars: AvatarsRepository,
  ) {}

  /** Takes the place of the one before, which goes. Throws as `AvatarPicturesService.take` does. */
  async set(userId: string, picture: IncomingFile): Promise<AvatarView> {
    const fileId = await this.pictures.take(userId, picture);
    const view = toAvatarView(fileId);
    await this.db.tx(async () => {
      const before = await this.avatars.set(userId, fileId);
      await this.users.setAvatar(userId, view.avatar_url);
      if (before !== null) await this.files.release([before]);
    });
    return view;
  }

  /** Does nothing if there is none. */
  async remove(userId: string): Promise<void> {
    await this.db.tx(async () => {
      const before = await this.avatars.remove(userId);
      if (before === undefined) return;
      await this.users.setAvatar(userId, null);
      await this.files.release([before]);
    });
  }

  /** Its file is gone. */
  async drop(fileId: number): Promise<void> {
    await this.db.tx(async () => {
      const userId = await this.avatars.removeFile(fileId);
      if (userId !== undefined) await this.users.setAvatar(userId, null);
    });
  }

  @LetsReadFiles('avatars')
  async readable(userId: string, fileIds: number[]): Promise<number[]> {
    const shown = await this.avatars.shownBy(fileIds);
    const seen = await this.profiles.visible(
      userId,
      shown.map((one) => one.user_id),
    );
    return shown.filter((one) => seen.has(one.user_id)).map((one) => one.file_id);
  }

  @UsesFiles('avatars')
  async used(fileIds: number[]): Promise<number[]> {
    return (await this.avatars.shownBy(fileIds)).map(({ file_id }) => file_id);
  }
}
