import { text } from 'src/core/fields/fields';
import { listView } from 'src/core/http/paging';
import { z } from 'zod';

/** From the mildest on; each allows those before it. */
export const GIF_RATINGS = ['g', 'pg', 'pg-13', 'r'] as const;
export type GifRating = (typeof GIF_RATINGS)[number];

export const TrendingGifsQuery = z.object({
  limit: z.coerce.number().int().min(1).max(50).default(25),
  cursor: z.string().max(512).optional(),
  rating: z
    .enum(GIF_RATINGS)
    .optional()
    .describe('The least mild that may be among them; what the server does not allow stays out.'),
});
export type TrendingGifsQuery = z.infer<typeof TrendingGifsQuery>;

export const SearchGifsQuery = TrendingGifsQuery.extend({ q: text({ min: 1, max: 50 }) });
export type SearchGifsQuery = z.infer<typeof SearchGifsQuery>;

export const GifView = z
  .object({
    id: z.string(),
    title: z.string(),
    url: z.url(),
    preview_url: z.url().describe('A smaller one, for lists.'),
    width: z.int().describe('Pixels of the one at `url`.'),
    height: z.int(),
  })
  .meta({
    id: 'Gif',
    description: 'Without its `id` it is the `metadata` of a message of the type gif.',
    example: {
      id: 'xT9IgDEI1iZyb2wqo8',
      title: 'Cave Bat GIF',
      url: 'https://media.giphy.com/media/xT9IgDEI1iZyb2wqo8/giphy.gif',
      preview_url: 'https://media.giphy.com/media/xT9IgDEI1iZyb2wqo8/200w.gif',
      width: 480,
      height: 270,
    },
  });
export type GifView = z.infer<typeof GifView>;

export const GifListView = listView('gifs', GifView)
  .extend({ provider: z.enum(['giphy', 'tenor']).describe('Whom the app must name beside them.') })
  .meta({ id: 'GifList' });
export type GifListView = z.infer<typeof GifListView>;
