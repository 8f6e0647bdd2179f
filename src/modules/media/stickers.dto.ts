import { id, instant, text } from 'src/core/fields/fields';
import { listView, PageQuery } from 'src/core/http/paging';
import type { PackRow } from 'src/modules/media/sticker-packs.repository';
import type { StickerRow } from 'src/modules/media/stickers.repository';
import { z } from 'zod';

export const MOST_STICKERS = 120;

export const StickersQuery = PageQuery.extend({
  q: text({ min: 1, max: 50 }).optional().describe('An emoji, or how a word begins, in any of the languages.'),
});
export type StickersQuery = z.infer<typeof StickersQuery>;

export const StickerView = z
  .object({
    id: id(),
    pack_id: id(),
    emoji: z.string(),
    keywords: z.array(z.string()),
    image_url: z.string().describe('WebP, which never changes; asks for an access token as all routes do.'),
    width: z.int(),
    height: z.int(),
    is_animated: z.boolean(),
  })
  .meta({
    id: 'Sticker',
    example: {
      id: 54,
      pack_id: 3,
      emoji: '🦇',
      keywords: ['bat', 'cave', 'kelelawar', 'こうもり', '박쥐', '蝙蝠'],
      image_url: '/api/v1/media/stickers/54/image',
      width: 512,
      height: 512,
      is_animated: false,
    },
  });
export type StickerView = z.infer<typeof StickerView>;

export const StickerListView = listView('stickers', StickerView).meta({ id: 'StickerList' });
export type StickerListView = z.infer<typeof StickerListView>;

/** A user's own lists, which are short. */
export const OwnStickersView = z.object({ stickers: z.array(StickerView) }).meta({ id: 'OwnStickers' });
export type OwnStickersView = z.infer<typeof OwnStickersView>;

export const StickerPackView = z
  .object({
    id: id(),
    name: z.string(),
    author: z.string().nullable(),
    license: z.string().nullable().describe('Must be named where the pack is shown.'),
    license_url: z.string().nullable(),
    is_built_in: z.boolean(),
    sticker_count: z.int(),
    created_at: instant(),
  })
  .meta({ id: 'StickerPack' });
export type StickerPackView = z.infer<typeof StickerPackView>;

export const StickerPacksView = z.object({ packs: z.array(StickerPackView) }).meta({ id: 'StickerPacks' });
export type StickerPacksView = z.infer<typeof StickerPacksView>;

export const FullStickerPackView = StickerPackView.extend({ stickers: z.array(StickerView) }).meta({
  id: 'FullStickerPack',
});
export type FullStickerPackView = z.infer<typeof FullStickerPackView>;

/** `pack.json` of an archive. */
export const PackManifest = z.object({
  name: text({ min: 1, max: 100 }),
  author: text({ min: 1, max: 100 }).optional(),
  license: text({ min: 1, max: 200 }).optional(),
  license_url: z
    .url({ protocol: /^https$/ })
    .max(2048)
    .optional(),
  stickers: z
    .array(
      z.object({
        file: z.string().min(1).max(200),
        emoji: text({ min: 1, max: 16 }),
        keywords: z.array(text({ min: 1, max: 50 }).transform((word) => word.toLowerCase())).max(40),
      }),
    )
    .min(1)
    .max(MOST_STICKERS),
});
export type PackManifest = z.infer<typeof PackManifest>;

export const toStickerView = (row: StickerRow): StickerView => ({
  id: row.id,
  pack_id: row.pack_id,
  emoji: row.emoji,
  keywords: row.keywords,
  image_url: `/api/v1/media/stickers/${row.id}/image`,
  width: row.width,
  height: row.height,
  is_animated: row.is_animated,
});

export const toPackView = (row: PackRow): StickerPackView => ({
  id: row.id,
  name: row.name,
  author: row.author,
  license: row.license,
  license_url: row.license_url,
  is_built_in: row.built_in !== null,
  sticker_count: row.sticker_count,
  created_at: row.created_at.toISOString(),
});
