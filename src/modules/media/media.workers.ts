import { Injectable } from '@nestjs/common';
import type { JobData } from 'src/contracts';
import { OnJob } from 'src/core/jobs/jobs';
import { StickerPicturesService } from 'src/modules/media/sticker-pictures.service';

@Injectable()
export class MediaWorkers {
  constructor(private readonly pictures: StickerPicturesService) {}

  @OnJob('media.remove_pictures')
  async removePictures({ keys }: JobData<'media.remove_pictures'>) {
    await this.pictures.remove(keys);
  }
}
