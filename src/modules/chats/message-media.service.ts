import { Injectable } from '@nestjs/common';
import { groupBy } from 'src/core/collections/collections';
import { runInContext, type Context } from 'src/core/context/context';
import { AppError } from 'src/core/errors/app-error';
import { ValidationFailed } from 'src/core/errors/common.errors';
import type { SentSticker } from 'src/modules/chats/message-types';
import type { SendMessage } from 'src/modules/chats/messages.dto';
import { GifsService } from 'src/modules/media/gifs.service';
import type { StickerView } from 'src/modules/media/stickers.dto';
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
    const field = this.wrongUrl(message.metadata);
    if (field) throw ValidationFailed({}, [{ field, code: 'host_not_allowed' }]);
  }

  /** The field of a GIF's metadata at whose URL people should not be made to look; undefined if there is none. */
  wrongUrl(gif: { url?: string; preview_url?: string } | undefined): string | undefined {
    const shown = { 'metadata.url': gif?.url, 'metadata.preview_url': gif?.preview_url };
    return Object.entries(shown).find(([, url]) => url !== undefined && !this.gifs.mayShow(url))?.[0];
  }

  /** What is known of the sticker of each draft that has one, or that there is none such; to the end of the transaction they stay. */
  async of<Draft extends Carrier>(
    sends: { draft: Draft; context: Context }[],
  ): Promise<Map<Draft, SentSticker | AppError>> {
    const carriers = sends.filter(({ draft }) => draft.stickerId !== null);
    const found = new Map<Draft, SentSticker | AppError>();
    // stickers are a tenant’s
    for (const [context, drafts] of byTenant(carriers.map(({ draft, context }) => [draft, context] as const))) {
      const stickers = await runInContext(context, () => this.stickers.each(drafts.map(({ stickerId }) => stickerId!)));
      drafts.forEach((draft, index) => found.set(draft, sentSticker(stickers[index]!)));
    }
    return found;
  }

  /** They were sent just now. Call it in the transaction that does so, in which `of` has told of them. */
  async used(carriers: readonly Carrier[]): Promise<void> {
    const uses = carriers.flatMap(({ senderId, stickerId }) =>
      stickerId === null ? [] : [{ userId: senderId, stickerId }],
    );
    if (uses.length) await this.stickers.usedEach(uses);
  }
}

function sentSticker(sticker: StickerView | AppError): SentSticker | AppError {
  if (sticker instanceof AppError) return sticker;
  const { id, pack_id, emoji, image_url: url, width, height, is_animated } = sticker;
  return { sticker_id: id, pack_id, emoji, url, width, height, is_animated };
}

/** One context of each tenant, and what came with those. */
function byTenant<T>(pairs: (readonly [T, Context])[]): [Context, T[]][] {
  const groups = groupBy(pairs, ([, { tenantId }]) => tenantId);
  return [...groups.values()].map((group) => [group[0]![1], group.map(([one]) => one)]);
}
