import sharp, { type Sharp } from 'sharp';

/** What a camera writes into its pictures, and nobody else should read. */
export const SECRET = 'Camera of Ana, number 4711';
const WHERE = {
  GPSLatitudeRef: 'N',
  GPSLatitude: '45/1 46/1 1992/100',
  GPSLongitudeRef: 'E',
  GPSLongitude: '14/1 21/1 2772/100',
};

/** Red, green, blue and white, from left to right and from above. */
export const CORNERS = [
  [255, 0, 0],
  [0, 255, 0],
  [0, 0, 255],
  [255, 255, 255],
] as const;
const [WIDTH, HEIGHT] = [96, 64];

const upright = (row: number, column: number) => CORNERS[(row < HEIGHT / 2 ? 0 : 2) + (column < WIDTH / 2 ? 0 : 1)]!;

/** Which pixel of the upright picture a camera stores at (y, x), by the orientation that it states (EXIF 2.3, 4.6.4 A). */
const STORED: Record<number, (y: number, x: number) => readonly [number, number, number]> = {
  1: (y, x) => upright(y, x),
  2: (y, x) => upright(y, WIDTH - 1 - x),
  3: (y, x) => upright(HEIGHT - 1 - y, WIDTH - 1 - x),
  4: (y, x) => upright(HEIGHT - 1 - y, x),
  5: (y, x) => upright(x, y),
  6: (y, x) => upright(x, WIDTH - 1 - y),
  7: (y, x) => upright(HEIGHT - 1 - x, WIDTH - 1 - y),
  8: (y, x) => upright(HEIGHT - 1 - x, y),
};

/** A JPEG of four colours, 96 × 64 as seen, as a camera stores it that is held in that way; with a place and a name in its EXIF. */
export function photograph(orientation: number): Promise<Buffer> {
  const [width, height] = orientation < 5 ? [WIDTH, HEIGHT] : [HEIGHT, WIDTH];
  const pixels = Buffer.alloc(width * height * 3);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) pixels.set(STORED[orientation]!(y, x), (y * width + x) * 3);
  return signed(sharp(pixels, { raw: { width, height, channels: 3 } }), orientation)
    .jpeg({ quality: 95, chromaSubsampling: '4:4:4' })
    .toBuffer();
}

/** The same picture with EXIF. */
export const signed = (picture: Sharp, orientation = 1): Sharp =>
  picture.withExif({ IFD0: { ImageDescription: SECRET }, IFD3: WHERE }).withMetadata({ orientation });

/** The four corners of a picture, each as the name of its nearest colour. */
export async function cornersOf(bytes: Buffer): Promise<string[]> {
  const { data, info } = await sharp(bytes).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  const at = (y: number, x: number) => [...data.subarray((y * width + x) * channels, (y * width + x) * channels + 3)];
  const far = (one: number[], other: readonly number[]) =>
    one.reduce((sum, part, i) => sum + (part - other[i]!) ** 2, 0);
  return [at(3, 3), at(3, width - 4), at(height - 4, 3), at(height - 4, width - 4)].map((colour) => {
    const distances = CORNERS.map((corner) => far(colour, corner));
    return ['red', 'green', 'blue', 'white'][distances.indexOf(Math.min(...distances))]!;
  });
}
