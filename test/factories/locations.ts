import { readFileSync } from 'node:fs';
import path from 'node:path';
import { RetentionService } from 'src/modules/location/retention.service';
import type { ShareView } from 'src/modules/location/shares.dto';
import { SharesService } from 'src/modules/location/shares.service';
import { principalOf, type TestUser } from 'test/factories/users';
import type { TestApp } from 'test/support/boot';

export interface TrackPoint {
  latitude: number;
  longitude: number;
  recorded_at: string;
}

export const TRACKS = ['walk-cerknica', 'drive-visnjan', 'empty-segment'] as const;

/** Where the tests' people are, if nothing else is said. */
export const HERE = { latitude: 45.7722, longitude: 14.3577 };

/** A recorded track: its points in the order of the file, as `POST /location/update` takes them. */
export function readTrack(name: (typeof TRACKS)[number]): TrackPoint[] {
  const gpx = readFileSync(path.join('test/data/tracks', `${name}.gpx`), 'utf8');
  return [...gpx.matchAll(/<trkpt\b([^>]*)>([\s\S]*?)<\/trkpt>/g)].map(([, attributes, content]) => ({
    latitude: Number(/lat="([^"]+)"/.exec(attributes!)![1]),
    longitude: Number(/lon="([^"]+)"/.exec(attributes!)![1]),
    recorded_at: new Date(/<time>([^<]+)<\/time>/.exec(content!)![1]!).toISOString(),
  }));
}

/** The same track, moved in time so that it ends now. */
export function endingNow(track: TrackPoint[]): TrackPoint[] {
  const shift = Date.now() - Date.parse(track.at(-1)!.recorded_at);
  return track.map((point) => ({
    ...point,
    recorded_at: new Date(Date.parse(point.recorded_at) + shift).toISOString(),
  }));
}

/** A share of the owner's position with somebody. */
export async function buildShare(app: TestApp, owner: TestUser, target: TestUser, minutes = 60): Promise<ShareView> {
  const draft = { target_user_id: target.id, duration_minutes: minutes };
  return (await app.get(SharesService).start(principalOf(owner), draft)).share;
}

/** From now on the user's positions are kept, and not only the newest. */
export async function keepHistory(app: TestApp, ...users: TestUser[]): Promise<void> {
  for (const user of users)
    await app.get(RetentionService).choose(principalOf(user), { history: 'days', history_days: 365 });
}

/** The place so many metres north and east of another, on a sphere; for distances of up to some kilometres. */
export function away(from: { latitude: number; longitude: number }, north: number, east = 0) {
  const degree = 111_195.08;
  return {
    latitude: from.latitude + north / degree,
    longitude: from.longitude + east / (degree * Math.cos((from.latitude * Math.PI) / 180)),
  };
}
