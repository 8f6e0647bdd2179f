import { createReadStream } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { PictureRefused } from 'src/modules/files/picture';

/** What picture and sound need of a film in boxes, by the box that it is in (ISO/IEC 14496-12, 6.2.3); all else may tell something. */
const NEEDED: Record<string, Set<string>> = {
  '': new Set(['ftyp', 'styp', 'wide', 'moov', 'mdat', 'moof', 'mfra', 'sidx', 'ssix', 'pdin']),
  moov: new Set(['mvhd', 'trak', 'mvex']),
  trak: new Set(['tkhd', 'edts', 'tref', 'tapt', 'mdia']),
  mdia: new Set(['mdhd', 'elng', 'hdlr', 'minf']),
  minf: new Set(['vmhd', 'smhd', 'gmhd', 'hdlr', 'dinf', 'stbl']),
  moof: new Set(['mfhd', 'traf']),
  traf: new Set(['tfhd', 'tfdt', 'trun', 'sdtp', 'sbgp', 'sgpd', 'subs', 'saiz', 'saio', 'senc']),
};
const HANDLER_AT = 8;
const SHOWN = ['vide', 'soun'];
const MOST_BOXES = 100_000;
/** Of Matroska, the elements `Tags` and `Attachments` (RFC 9559, 5.1.8 and 5.1.6). */
const ASIDE = [Buffer.from('1254c367', 'hex'), Buffer.from('1941a469', 'hex')];
const ZEROS = Buffer.alloc(65_536);

interface Box {
  type: string;
  start: number;
  body: number;
  end: number;
}

/**
 * Takes out of a film, in its place and without moving a byte of picture and sound, what a camera wrote beside them, such as where it
 * was: all that can be done where there is no ffmpeg. Throws `PictureRefused` of a film of which it can't be sure that nothing is left.
 */
export async function bare(film: string, container: string | undefined): Promise<void> {
  if (container === 'mov') return bareBoxes(film);
  if (container !== 'matroska' || (await contains(film, ASIDE)))
    throw new PictureRefused('it may tell where it was made, and there is no ffmpeg to take that out');
}

async function bareBoxes(film: string) {
  const file = await open(film, 'r+');
  try {
    let left = MOST_BOXES;
    const walk = async (parent: string, start: number, end: number): Promise<void> => {
      for await (const box of boxesOf(file, start, end)) {
        if (left-- <= 0) throw new PictureRefused('too many boxes');
        if (parent === 'mdia' && box.type === 'hdlr') await checkTrack(file, box);
        if (!NEEDED[parent]!.has(box.type)) await blank(file, box);
        else if (NEEDED[box.type]) await walk(box.type, box.body, box.end);
      }
    };
    await walk('', 0, (await file.stat()).size);
  } finally {
    await file.close();
  }
}

async function* boxesOf(file: FileHandle, start: number, end: number): AsyncGenerator<Box> {
  const head = Buffer.alloc(16);
  while (start < end) {
    await file.read(head, 0, 16, start);
    const short = head.readUInt32BE(0);
    const size = short === 1 ? Number(head.readBigUInt64BE(8)) : short || end - start;
    const box = { type: head.toString('latin1', 4, 8), start, body: start + (short === 1 ? 16 : 8), end: start + size };
    if (box.body > box.end || box.end > end) throw new PictureRefused(`a box ${box.type} that is none`);
    yield box;
    start = box.end;
  }
}

/** The samples of a track lie among those of the others: of one that is neither picture nor sound they would stay. */
async function checkTrack(file: FileHandle, { body }: Box) {
  const { buffer } = await file.read(Buffer.alloc(4), 0, 4, body + HANDLER_AT);
  const handler = buffer.toString('latin1');
  if (!SHOWN.includes(handler))
    throw new PictureRefused(`a track of ${handler}, and there is no ffmpeg to take it out`);
}

async function blank(file: FileHandle, { start, body, end }: Box) {
  await file.write('free', start + 4, 'latin1');
  for (let at = body; at < end; at += ZEROS.length) await file.write(ZEROS, 0, Math.min(ZEROS.length, end - at), at);
}

async function contains(film: string, marks: Buffer[]): Promise<boolean> {
  let seen = Buffer.alloc(0);
  for await (const bytes of createReadStream(film) as AsyncIterable<Buffer>) {
    seen = Buffer.concat([seen.subarray(-3), bytes]);
    if (marks.some((mark) => seen.includes(mark))) return true;
  }
  return false;
}
