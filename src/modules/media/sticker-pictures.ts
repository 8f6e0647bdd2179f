import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { StickerPictureUnusable } from 'src/modules/media/stickers.errors';

/** Pixels of the longer side of a sticker. */
export const STICKER_SIDE = 512;
const LARGEST_SIDE = 4096;
/** Of all frames together. */
const MOST_PIXELS = 64_000_000;
const TAKEN = new Set(['png', 'webp', 'gif', 'jpeg']);

export interface StickerPicture {
  webp: Buffer;
  width: number;
  height: number;
  isAnimated: boolean;
}

/** A picture of an archive as a sticker: drawn anew, so that nothing but its pixels remains. Throws `sticker.picture_unusable`. */
export async function stickerOf(bytes: Buffer, file: string): Promise<StickerPicture> {
  try {
    const { format, width, height, pages = 1 } = await sharp(bytes).metadata();
    const fits = Math.max(width, height) <= LARGEST_SIDE && width * height * pages <= MOST_PIXELS;
    if (!TAKEN.has(format) || !fits) throw StickerPictureUnusable({ file });
    const { data, info } = await sharp(bytes, { animated: true, limitInputPixels: MOST_PIXELS })
      .autoOrient()
      .resize({ width: STICKER_SIDE, height: STICKER_SIDE, fit: 'inside', withoutEnlargement: true })
      .webp()
      .toBuffer({ resolveWithObject: true });
    return { webp: data, width: info.width, height: info.pageHeight ?? info.height, isAnimated: pages > 1 };
  } catch {
    throw StickerPictureUnusable({ file });
  }
}

/** A drawing of `@twemoji/svg` as a sticker. */
export async function drawingOf(code: string): Promise<Buffer> {
  const svg = await readFile(require.resolve(`@twemoji/svg/${code}.svg`));
  return sharp(svg, { density: (72 * STICKER_SIDE) / 36 })
    .resize(STICKER_SIDE, STICKER_SIDE)
    .webp()
    .toBuffer();
}
