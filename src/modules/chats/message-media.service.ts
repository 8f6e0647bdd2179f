import { Injectable } from '@nestjs/common';
import { runInContext, type Context } from 'src/core/context/context';
import { AppError } from 'src/core/errors/app-error';
import { ValidationFailed } from 'src/core/errors/common.errors';
import type { SentSticker } from 'src/modules/chats/message-types';
import type { SendMessage } from 'src/modules/chats/messages.dto';
import { GifsService } from 'src/modules/media/gifs.service';
import { StickersService } from 'src/modules/media/stickers.service';

/** A message that is to show a sticker of a pack. */
interface Carrier {
  senderId: string;
  stickerId: number | null;
}

/** What messages have to do with stickers of packs and with GIFs that lie elsewhere. */
@Injectable()
export class MessageMediaService {
  constructor(
    private readonly stickers: StickersService,
    private readonly gifs: GifsService,
  ) {}

  /** Throws `validation.failed` for a GIF that people should not be made to fetch. */
  checkGif(message: SendMessage) {
    if (message.message_type !== 'gif') return;
    const { metadata: gif } = message;
    const shown = { 'metadata.url': gif?.url, 'metadata.preview_url': gif?.preview_url };
    for (const [field, url] of Object.entries(shown))
      if (url !== undefined && !this.gifs.mayShow(url))
        throw ValidationFailed({}, [{ field, code: 'host_not_allowed' }]);
  }

  /** What is known of the sticker of each draft that has one, or that there is none such; to the end of the transaction they stay. */
  async of<Draft extends Carrier>(sends: { draft: Draft; context: Context }[]) {
    const found = new Map<Draft, SentSticker | AppError>();
    for (const { draft, context } of sends) {
      const { stickerId } = draft;
      if (stickerId === null) continue;
      const sticker = await runInContext(context, () => this.sentSticker(stickerId)).catch((error: unknown) => {
        if (error instanceof AppError) return error;
        throw error;
      });
      found.set(draft, sticker);
    }
    return found;
  }

  /** It was sent just now. Call it in the transaction that does so. */
  async used({ senderId, stickerId }: Carrier, context: Context): Promise<void> {
    if (stickerId !== null) await runInContext(context, () => this.stickers.used(senderId, stickerId));
  }

  private async sentSticker(stickerId: number): Promise<SentSticker> {
    const { pack_id, emoji, image_url: url, width, height, is_animated } = await this.stickers.get(stickerId);
    return { sticker_id: stickerId, pack_id, emoji, url, width, height, is_animated };
  }
}
