import type { GifRating } from 'src/modules/media/gifs.dto';
import {
  gifSide,
  gifUrl,
  GifProvider,
  wellFormed,
  type FoundGifs,
  type GifsWanted,
} from 'src/modules/media/gif-provider';
import { z } from 'zod';

const Gif = z.object({
  id: z.coerce.string().min(1).max(100),
  content_description: z.string().default(''),
  media_formats: z.object({
    gif: z.object({ url: gifUrl(), dims: z.tuple([gifSide(), gifSide()]) }),
    tinygif: z.object({ url: gifUrl() }),
  }),
});
const Answer = z.object({ results: z.array(z.unknown()), next: z.coerce.string().max(200).default('') });

const FILTERS: Record<GifRating, string> = { g: 'high', pg: 'medium', 'pg-13': 'low', r: 'off' };
const LOCALES: Record<string, string> = { en: 'en_US', id: 'id_ID', ja: 'ja_JP', ko: 'ko_KR', zh: 'zh_CN' };

/** Version 2 of Tenor's protocol, which others speak too. */
export class TenorProvider extends GifProvider {
  readonly name = 'tenor';
  readonly place = z.string().min(1).max(200);

  override async find({ q, limit, place, rating, language }: GifsWanted): Promise<FoundGifs> {
    const query = {
      key: this.key,
      client_key: 'muster',
      limit: String(limit),
      contentfilter: FILTERS[rating],
      locale: LOCALES[language] ?? 'en_US',
      media_filter: 'gif,tinygif',
      ...(q !== undefined && { q }),
      ...(place !== undefined && { pos: place }),
    };
    const { results, next } = await this.ask(q === undefined ? 'featured' : 'search', query, Answer);
    return { gifs: wellFormed(Gif, results).map(toView), next: results.length && next ? next : null };
  }
}

const toView = ({ id, content_description: title, media_formats: { gif, tinygif } }: z.infer<typeof Gif>) => ({
  id,
  title: title.slice(0, 200),
  url: gif.url,
  width: gif.dims[0],
  height: gif.dims[1],
  preview_url: tinygif.url,
});
