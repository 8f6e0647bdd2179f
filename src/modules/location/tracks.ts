import { Readable } from 'node:stream';
import type { LocationRow } from 'src/modules/location/location.dto';

export const CONTENT_TYPES = { geojson: 'application/geo+json', gpx: 'application/gpx+xml' } as const;
/** GPX has no word for metres of accuracy, without which the middle of a cell looks like a place. */
const OURS = 'urn:muster:track';
export type TrackFormat = keyof typeof CONTENT_TYPES;

/** Points as the bytes of a file, as they flow: GeoJSON (RFC 7946) features, or one GPX 1.1 track. */
export const toFile = (rows: AsyncIterable<LocationRow>, format: TrackFormat): Readable =>
  Readable.from(gathered(format === 'gpx' ? toGpx(rows) : toGeoJson(rows)), { objectMode: false });

async function* toGeoJson(rows: AsyncIterable<LocationRow>) {
  yield '{"type":"FeatureCollection","features":[';
  let separator = '\n';
  for await (const row of rows) {
    const coordinates = [row.longitude, row.latitude, ...(row.altitude === null ? [] : [row.altitude])];
    const { id, accuracy, speed, heading, battery, activity, source } = row;
    const properties = { time: row.recorded_at.toISOString(), accuracy, speed, heading, battery, activity, source };
    yield separator + JSON.stringify({ type: 'Feature', id, geometry: { type: 'Point', coordinates }, properties });
    separator = ',\n';
  }
  yield '\n]}\n';
}

async function* toGpx(rows: AsyncIterable<LocationRow>) {
  yield '<?xml version="1.0" encoding="UTF-8"?>\n';
  yield `<gpx version="1.1" creator="Muster" xmlns="http://www.topografix.com/GPX/1/1" xmlns:m="${OURS}"><trk><trkseg>\n`;
  for await (const { latitude, longitude, altitude, accuracy, recorded_at } of rows) {
    const ele = altitude === null ? '' : `<ele>${altitude}</ele>`;
    const time = `<time>${recorded_at.toISOString()}</time>`;
    const within = accuracy === null ? '' : `<extensions><m:accuracy>${accuracy}</m:accuracy></extensions>`;
    yield `<trkpt lat="${latitude}" lon="${longitude}">${ele}${time}${within}</trkpt>\n`;
  }
  yield '</trkseg></trk></gpx>\n';
}

const PIECE = 32_768;

/** A line at a time would be a system call each. */
async function* gathered(lines: AsyncIterable<string>) {
  let piece = '';
  for await (const line of lines) {
    piece += line;
    if (piece.length < PIECE) continue;
    yield piece;
    piece = '';
  }
  if (piece) yield piece;
}
