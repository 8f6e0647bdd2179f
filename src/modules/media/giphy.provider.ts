import {
  gifSide,
  gifUrl,
  GifProvider,
  wellFormed,
  type FoundGifs,
  type GifsWanted,
} from 'src/modules/media/gif-provider';
import { z } from 'zod';

const Picture = z.object({ url: gifUrl(), width: gifSide(), height: gifSide() });
const Gif = z.object({
  id: z.string().min(1).max(100),
  title: z.string().default(''),
  images: z.object({ original: Picture, fixed_width: z.object({ url: gifUrl() }) }),
});
const Answer = z.object({
  data: z.array(z.unknown()),
  pagination: z.object({ offset: z.int(), count: z.int(), total_count: z.int().optional() }),
});

/** Giphy takes no larger offset. */
const LAST_OFFSET = 4999;
const LANGUAGES: Record<string, string> = { zh: 'zh-CN' };

/** https://developers.giphy.com/docs/api/endpoint */
export class GiphyProvider extends GifProvider {
  readonly name = 'giphy';
  readonly place = z.string().regex(/^\d{1,4}$/);

  override async find({ q, limit, place, rating, language }: GifsWanted): Promise<FoundGifs> {
    const query = {
      api_key: this.key,
      limit: String(limit),
      offset: place ?? '0',
      rating,
      bundle: 'messaging_non_clips',
      ...(q !== undefined && { q, lang: LANGUAGES[language] ?? language }),
    };
    const { data, pagination } = await this.ask(`gifs/${q === undefined ? 'trending' : 'search'}`, query, Answer);
    const next = pagination.offset + pagination.count;
    const more = pagination.count > 0 && next < (pagination.total_count ?? Infinity) && next <= LAST_OFFSET;
    return { gifs: wellFormed(Gif, data).map(toView), next: more ? String(next) : null };
  }
}

const toView = ({ id, title, images: { original, fixed_width: preview } }: z.infer<typeof Gif>) => ({
  id,
  title: title.slice(0, 200),
  ...original,
  preview_url: preview.url,
});
