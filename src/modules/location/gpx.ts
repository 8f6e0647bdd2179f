import { SaxesParser, type SaxesTagPlain } from 'saxes';
import { RANGES } from 'src/modules/location/usual-point';

/** A point of a track as its file has it: nothing is checked but that numbers are numbers. */
export interface GpxPoint {
  latitude: number;
  longitude: number;
  altitude: number | null;
  /** Metres: GPX has no word for it, we write one (`tracks.ts`), and others the same. */
  accuracy: number | null;
  /** As it is written; null if there is none. */
  time: string | null;
}

/** Where somebody was and when, as a point of a track says. */
export interface GpxFix {
  latitude: number;
  longitude: number;
  altitude: number | null;
  accuracy: number | null;
  recordedAt: Date;
}

/** Routes and waypoints say where somebody wants to go, or that there is something: nobody was there. */
const POINT = 'trkpt';
const LONGEST_TEXT = 64;
/** So many characters without an end of a text or a tag are no track: the parser holds them all, and the tags that are open. */
const LONGEST_PART = 1_000_000;
const DEEPEST = 100;

/** The file is no XML, or no GPX. */
export class NotGpx extends Error {}

/**
 * Reads the points of a GPX 1.0 or 1.1 file as its bytes come in; what is not a point is passed over, and nothing is kept. Throws
 * `NotGpx`. Entities of the file's own are not known, so none can be blown up.
 */
export class GpxReader {
  private readonly parser = new SaxesParser();
  private readonly decoder = new TextDecoder('utf-8', { fatal: true });
  private points: GpxPoint[] = [];
  private point: GpxPoint | undefined;
  private text: string | undefined;
  private fault: Error | undefined;
  private hasRoot = false;
  private depth = 0;
  /** Characters since something ended. */
  private held = 0;

  constructor() {
    this.parser.on('error', (error) => (this.fault ??= error));
    this.parser.on('doctype', () => (this.fault ??= new NotGpx('a document type')));
    this.parser.on('opentag', (tag) => this.open(tag));
    this.parser.on('text', (text) => this.read(text));
    this.parser.on('cdata', (text) => this.read(text));
    this.parser.on('comment', () => (this.held = 0));
    this.parser.on('processinginstruction', () => (this.held = 0));
    this.parser.on('closetag', ({ name }) => this.close(localName(name)));
  }

  /** The points that end within these bytes. */
  take(bytes: Uint8Array): GpxPoint[] {
    return this.parse(() => {
      const text = this.decoder.decode(bytes, { stream: true });
      this.held += text.length;
      this.parser.write(text);
      if (this.held > LONGEST_PART) throw new NotGpx('a part without an end');
    });
  }

  /** Call it after the last bytes: throws if the file is not complete. */
  end(): GpxPoint[] {
    const points = this.parse(() => this.parser.write(this.decoder.decode()).close());
    if (!this.hasRoot) throw new NotGpx('no <gpx>');
    return points;
  }

  private parse(work: () => unknown): GpxPoint[] {
    try {
      work();
    } catch (error) {
      this.fault ??= error as Error;
    }
    if (this.fault) throw new NotGpx(this.fault.message);
    const { points } = this;
    this.points = [];
    return points;
  }

  private open({ name, attributes }: SaxesTagPlain) {
    const local = localName(name);
    this.held = 0;
    if (++this.depth > DEEPEST) this.fault ??= new NotGpx('too deep');
    if (!this.hasRoot) {
      if (local !== 'gpx') this.fault ??= new NotGpx(`<${name.slice(0, 20)}>`);
      this.hasRoot = true;
    }
    if (local === POINT) {
      const [latitude, longitude] = [toNumber(attributes.lat), toNumber(attributes.lon)];
      this.point = { latitude, longitude, altitude: null, accuracy: null, time: null };
    } else if (this.point && (local === 'time' || local === 'ele' || local === 'accuracy')) {
      this.text = '';
    }
  }

  private read(text: string) {
    this.held = 0;
    if (this.text !== undefined && this.text.length < LONGEST_TEXT) this.text += text.slice(0, LONGEST_TEXT);
  }

  private close(local: string) {
    const { point, text } = this;
    this.held = 0;
    this.depth--;
    if (point && text !== undefined && local === 'time') point.time = text.trim();
    if (point && text !== undefined && local === 'ele') {
      const altitude = toNumber(text);
      point.altitude = Number.isFinite(altitude) ? altitude : null;
    }
    if (point && text !== undefined && local === 'accuracy') {
      const accuracy = toNumber(text);
      point.accuracy = accuracy >= RANGES.accuracy[0] && accuracy <= RANGES.accuracy[1] ? accuracy : null;
    }
    this.text = undefined;
    if (!point || local !== POINT) return;
    this.points.push(point);
    this.point = undefined;
  }
}

/** xsd:dateTime, as GPX has it: of UTC where it names no zone. */
const DATE_TIME = /^(\d{4}-\d\d-\d\d)T\d\d:\d\d:\d\d(?:\.\d+)?(Z|[+-]\d\d:\d\d)?$/;

/** The point, if somebody can have been there: on Earth, at a moment. */
export function fixOf({ latitude, longitude, altitude, accuracy, time }: GpxPoint): GpxFix | undefined {
  const recordedAt = time === null ? undefined : momentOf(time);
  if (!(Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180) || !recordedAt) return undefined;
  return { latitude, longitude, altitude, accuracy, recordedAt };
}

function momentOf(text: string): Date | undefined {
  const [, day, zone] = DATE_TIME.exec(text) ?? [];
  if (!day) return undefined;
  const moment = new Date(zone ? text : `${text}Z`);
  if (Number.isNaN(moment.getTime())) return undefined;
  // a 30th of February is taken for a day in March
  return new Date(day).getUTCDate() === Number(day.slice(-2)) ? moment : undefined;
}

const localName = (name: string) => name.slice(name.indexOf(':') + 1);
/** NaN if it is none; an empty text is none either. */
const toNumber = (text: string | undefined) => (text?.trim() ? Number(text) : NaN);
