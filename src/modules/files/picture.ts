import path from 'node:path';
import type { Sharp } from 'sharp';
import sharp from 'sharp';
import { rgbaToThumbHash } from 'thumbhash';

/** What is made of a picture, as a file in the folder that was given. */
export interface Rendition {
  /** `clean` is the picture itself, upright and without anything that a camera wrote into it. */
  variant: 'clean' | 'large' | 'medium' | 'small';
  format: 'jpeg' | 'png' | 'webp' | 'gif';
  path: string;
  width: number;
  height: number;
}

export interface Rendered {
  /** Pixels as seen. */
  width: number;
  height: number;
  isAnimated: boolean;
  /** Base64. */
  thumbhash: string;
  renditions: Rendition[];
}

export interface RenderTask {
  source: string;
  folder: string;
  /** Without it only previews are made. */
  clean: boolean;
  /** Squares, cut from the middle. */
  square?: boolean;
}

/** Of one picture, and of all frames of a moving one together: what decoding may cost in memory and time. */
export const MOST_PIXELS = 50_000_000;
const MOST_PIXELS_MOVING = 150_000_000;
const MOST_FRAMES = 1000;
const LONGEST_SECONDS = 40;
/** The longer side. */
const SIZES = { large: 1600, medium: 640, small: 240 } as const;
const SQUARES = { large: 512, medium: 256, small: 96 } as const;
const CLEAN_FORMATS: Record<string, Rendition['format']> = { jpeg: 'jpeg', png: 'png', gif: 'gif', webp: 'webp' };

/** The picture cannot be shown, however often it is tried. */
export class PictureRefused extends Error {}

/** What looked into it came to an end: by it, or because the machine had no memory left. Nobody can tell. */
export class DecoderEnded extends Error {}

/**
 * What libvips says when the machine could not: a call to the system failed, or memory was not to be had. No broken picture of those that
 * were tried, thousands of each kind, made it say that; "Unknown error" is its word for a failure of its own.
 */
const OF_THE_MACHINE =
  /system error: (?!Unknown error)|Input file is missing|out of memory|failed to allocate|Error creating thread/;

/**
 * Makes the renditions of a picture. Throws `PictureRefused` for what is broken or larger than it may be, which its header alone tells;
 * another error if it was the machine that could not.
 */
export async function render({ source, folder, clean, square }: RenderTask): Promise<Rendered> {
  const about = await examine(source);
  const open = () =>
    sharp(source, { animated: about.isAnimated, failOn: 'error', limitInputPixels: MOST_PIXELS_MOVING });
  try {
    const renditions: Rendition[] = [];
    const write = async (image: Sharp, variant: Rendition['variant'], format: Rendition['format']) => {
      const target = path.join(folder, `${variant}.${format}`);
      const done = await encode(image, format, about.isAnimated).timeout({ seconds: LONGEST_SECONDS }).toFile(target);
      const height = about.isAnimated && format !== 'jpeg' ? (done.pageHeight ?? done.height) : done.height;
      renditions.push({ variant, format, path: target, width: done.width, height });
    };
    const upright = () => (about.isAnimated ? open() : open().autoOrient().toColourspace('srgb'));
    if (clean) await write(upright(), 'clean', CLEAN_FORMATS[about.format] ?? 'webp');
    const still = await shrink(sharp(source, { failOn: 'error', limitInputPixels: MOST_PIXELS }), square);
    for (const { variant, image } of still) {
      if (!about.isAnimated) await write(image.clone(), variant, 'webp');
      await write(image.clone(), variant, 'jpeg');
    }
    if (about.isAnimated)
      for (const variant of ['large', 'medium', 'small'] as const)
        await write(fit(open(), variant, square), variant, 'webp');
    const { width, height, isAnimated } = about;
    return { width, height, isAnimated, thumbhash: await placeholder(still.at(-1)!.image), renditions };
  } catch (error) {
    throw verdictOn(error as Error);
  }
}

const verdictOn = (error: Error) => (OF_THE_MACHINE.test(error.message) ? error : new PictureRefused(error.message));

async function examine(source: string) {
  const found = await sharp(source, { limitInputPixels: false, animated: true })
    .metadata()
    .catch((error: Error) => {
      throw verdictOn(error);
    });
  const { width, pages = 1, pageHeight = found.height, format, autoOrient } = found;
  const pixels = width * pageHeight;
  if (pixels > MOST_PIXELS || pages > MOST_FRAMES || pixels * pages > MOST_PIXELS_MOVING)
    throw new PictureRefused(`${width} × ${pageHeight} pixels in ${pages} frames are too many`);
  const isAnimated = pages > 1;
  return {
    width: isAnimated ? width : autoOrient.width,
    height: isAnimated ? pageHeight : autoOrient.height,
    isAnimated,
    format: format as string,
  };
}

/** Each size from the next larger one, so that the picture is decoded once. */
async function shrink(picture: Sharp, square = false) {
  const sizes: { variant: keyof typeof SIZES; image: Sharp }[] = [];
  let from = picture.autoOrient().toColourspace('srgb');
  for (const variant of ['large', 'medium', 'small'] as const) {
    const { data, info } = await fit(from, variant, square)
      .timeout({ seconds: LONGEST_SECONDS })
      .raw()
      .toBuffer({ resolveWithObject: true });
    const raw = { width: info.width, height: info.height, channels: info.channels };
    from = sharp(data, { raw });
    sizes.push({ variant, image: from.clone() });
  }
  return sizes;
}

const fit = (image: Sharp, variant: keyof typeof SIZES, square = false) =>
  square
    ? image.resize(SQUARES[variant], SQUARES[variant], { fit: 'cover', position: 'centre' })
    : image.resize(SIZES[variant], SIZES[variant], { fit: 'inside', withoutEnlargement: true });

function encode(image: Sharp, format: Rendition['format'], isAnimated: boolean): Sharp {
  switch (format) {
    case 'jpeg':
      return image.flatten({ background: '#fff' }).jpeg({ quality: 82 });
    case 'png':
      return image.png({ compressionLevel: 6 });
    case 'gif':
      return image.gif({ effort: 3 });
    case 'webp':
      return image.webp({ quality: 80, effort: isAnimated ? 0 : 2 });
  }
}

async function placeholder(image: Sharp): Promise<string> {
  const { data, info } = await image
    .clone()
    .resize(100, 100, { fit: 'inside', withoutEnlargement: true })
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return Buffer.from(rgbaToThumbHash(info.width, info.height, data)).toString('base64');
}

/** Leaves only the decoders of what may be uploaded: the others are many, and some are old. */
export function hardenDecoders() {
  sharp.cache(false);
  sharp.concurrency(1);
  sharp.block({ operation: ['VipsForeignLoad'] });
  sharp.unblock({
    operation: ['Jpeg', 'Png', 'Webp', 'Nsgif', 'Heif'].map((name) => `VipsForeignLoad${name}`),
  });
}
