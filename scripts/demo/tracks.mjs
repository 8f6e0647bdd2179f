import { readFileSync } from 'node:fs';
import { Failure } from '../lib/failure.mjs';
import { distance } from './geometry.mjs';

const POINT = /<trkpt\b([^>]*)>([\s\S]*?)<\/trkpt>/g;

/** A recorded track: `points` are `{ latitude, longitude, altitude, at }`, `at` in ms, strictly increasing. */
export function readTrack(file) {
  const points = parseTrack(readFileSync(file, 'utf8'));
  if (points.length < 2) throw new Failure(`${file} holds no track with times.`);
  return points;
}

/** The points of all segments of a GPX text, in the order of time. Points without place or time are left out. */
export function parseTrack(gpx) {
  const points = [...gpx.matchAll(POINT)].map(([, attributes, content]) => ({
    latitude: Number(attribute(attributes, 'lat')),
    longitude: Number(attribute(attributes, 'lon')),
    altitude: number(element(content, 'ele')),
    at: Date.parse(element(content, 'time')),
  }));
  const whole = points.filter(({ latitude, longitude, at }) => [latitude, longitude, at].every(Number.isFinite));
  const sorted = whole.toSorted((a, b) => a.at - b.at);
  return sorted.filter(({ at }, index) => index === 0 || at > sorted[index - 1].at);
}

/** The same track, moved in time so that its last point was at `end`. */
export function endingAt(points, end) {
  const shift = end - points.at(-1).at;
  return points.map((point) => ({ ...point, at: point.at + shift }));
}

/** Milliseconds from the start of the replay to each point: as recorded, but no pause longer than `longestPause`. */
export function schedule(points, { speed, longestPause }) {
  let elapsed = 0;
  return points.map(({ at }, index) => {
    if (index > 0) elapsed += Math.min(at - points[index - 1].at, longestPause) / speed;
    return elapsed;
  });
}

/** Metres from point to point. */
export const lengthOf = (points) =>
  points.slice(1).reduce((sum, point, index) => sum + distance(points[index], point), 0);

const attribute = (attributes, name) => attributes.match(new RegExp(`\\b${name}\\s*=\\s*["']([^"']*)["']`))?.[1];
const element = (content, name) => content.match(new RegExp(`<${name}\\b[^>]*>([^<]*)</${name}>`))?.[1].trim();
const number = (text) => (text === undefined || !Number.isFinite(Number(text)) ? undefined : Number(text));
