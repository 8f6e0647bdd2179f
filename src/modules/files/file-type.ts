import { fileTypeFromBuffer } from 'file-type';
import { isUtf8 } from 'node:buffer';
import type { FileKind, FileStatus } from 'src/modules/files/files.entities';

export interface DecidedType {
  /** Lower case, without a dot. */
  extension: string;
  contentType: string;
  kind: FileKind;
}

/** So many first bytes are enough to decide. */
export const SAMPLE_BYTES = 4100;

/** Formats that are boxes for others: what is inside is believed by its name, for all of these are only ever saved. */
const BOXES: Record<string, Record<string, string>> = {
  zip: {
    docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
    xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    pptx: 'application/vnd.openxmlformats-officedocument.presentationml.presentation',
    odt: 'application/vnd.oasis.opendocument.text',
    ods: 'application/vnd.oasis.opendocument.spreadsheet',
    odp: 'application/vnd.oasis.opendocument.presentation',
    epub: 'application/epub+zip',
  },
  cfb: {
    doc: 'application/msword',
    xls: 'application/vnd.ms-excel',
    ppt: 'application/vnd.ms-powerpoint',
    msg: 'application/vnd.ms-outlook',
  },
  xml: { gpx: 'application/gpx+xml', kml: 'application/vnd.google-earth.kml+xml' },
  txt: { csv: 'text/csv', md: 'text/markdown', json: 'application/json', log: 'text/plain' },
};
/** Names that mean the same as the one that is decided on. */
const SAME: Record<string, string> = { jpeg: 'jpg', jpe: 'jpg', jfif: 'jpg', htm: 'html', text: 'txt', oga: 'ogg' };
/** Where file-type has a narrower name than people use. */
const PLAIN: Record<string, { extension: string; contentType: string }> = {
  apng: { extension: 'png', contentType: 'image/png' },
  opus: { extension: 'ogg', contentType: 'audio/ogg' },
  oga: { extension: 'ogg', contentType: 'audio/ogg' },
};

/** What a file is, by its first bytes; `name` only tells apart what looks the same in them. */
export async function decideType(head: Buffer, name: string): Promise<DecidedType> {
  const named = extensionOf(name);
  const found = await fileTypeFromBuffer(head);
  // an SVG or a web page is told as XML, or not at all
  const { extension, contentType } = found && found.ext !== 'xml' ? plain(found.ext, found.mime) : textType(head);
  const inside = BOXES[extension]?.[named];
  const type = inside ? { extension: named, contentType: inside } : { extension, contentType };
  return { ...type, kind: kindOf(type.contentType) };
}

/** Of a file that has just come: is there something to be learnt of it, or made of it? */
export const firstStatus = (kind: FileKind): FileStatus => (kind === 'file' ? 'ready' : 'processing');

/** Of a file's name, in the form that `decideType` uses: `Photo.JPEG` → `jpg`, none → ''. */
export function extensionOf(name: string): string {
  const extension = /\.([^.]{1,20})$/.exec(name)?.[1]?.toLowerCase() ?? '';
  return SAME[extension] ?? extension;
}

/** Looks like SVG or HTML anywhere in the beginning: browsers that sniff would run it. */
const MARKUP = [
  { looks: /<svg[\s>]/i, extension: 'svg', contentType: 'image/svg+xml' },
  { looks: /<(!doctype html|html|head|body|script|iframe|title)[\s>]/i, extension: 'html', contentType: 'text/html' },
  { looks: /<\?xml\s/i, extension: 'xml', contentType: 'application/xml' },
];

function plain(ext: string, mime: string) {
  return PLAIN[ext] ?? { extension: ext, contentType: mime.split(';')[0]! };
}

function textType(head: Buffer) {
  const text = head.toString('latin1');
  const markup = MARKUP.find(({ looks }) => looks.test(text));
  if (markup) return markup;
  return isText(head)
    ? { extension: 'txt', contentType: 'text/plain' }
    : { extension: 'bin', contentType: 'application/octet-stream' };
}

/** The sample may end within a character, which has at most 4 bytes. */
const isText = (head: Buffer) =>
  !head.includes(0) && [0, 1, 2, 3].some((cut) => isUtf8(head.subarray(0, head.length - cut)));

function kindOf(contentType: string): FileKind {
  if (contentType === 'image/svg+xml') return 'file';
  const family = contentType.split('/')[0];
  return family === 'image' || family === 'video' || family === 'audio' ? family : 'file';
}
