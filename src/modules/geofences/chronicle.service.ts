import { Injectable } from '@nestjs/common';
import { currentContext } from 'src/core/context/context';
import { Bus } from 'src/core/events/bus';
import { distanceMeters } from 'src/core/geo/sphere';
import type { DeviceClock } from 'src/modules/geofences/device-clock';
import { EventsRepository, type CrossingRow, type NewEvent } from 'src/modules/geofences/events.repository';
import type { Crossing } from 'src/modules/geofences/geofences.matcher';
import type { FollowedRow } from 'src/modules/geofences/geofences.repository';
import type { Sight } from 'src/modules/location/sights.service';

/** What became certain longer ago is kept, and told to nobody. */
const LATE_MS = 15 * 60_000;

export interface Found {
  fence: FollowedRow;
  crossing: Crossing;
  /** By which the fence saw it, if it is one of another than its owner. */
  sight?: Sight | undefined;
}

/** Writes down what happened at fences, and says which of it is to be told. */
@Injectable()
export class ChronicleService {
  constructor(
    private readonly bus: Bus,
    private readonly events: EventsRepository,
  ) {}

  /**
   * Keeps the crossings of one user in the order in which they became certain, by the clock of his device, and publishes them. Within
   * the transaction that holds the lock.
   */
  async keep(found: Found[], clock: DeviceClock): Promise<void> {
    if (!found.length) return;
    const byTime = [...found].sort(
      (a, b) => a.crossing.certainAt.getTime() - b.crossing.certainAt.getTime() || a.fence.id - b.fence.id,
    );
    const silences = await this.silencesOf(byTime, Date.now() - clock.behindMs);
    const events = byTime.map(({ fence, crossing, sight }, index): NewEvent => ({
      user_id: fence.watched_id,
      geofence_id: fence.id,
      share_id: sight?.shareId ?? null,
      precision: sight?.precision ?? null,
      ...toCrossingRow(crossing, { latitude: fence.center_latitude, longitude: fence.center_longitude }),
      silenced: silences[index]!,
    }));
    const stored = await this.events.insert(events);
    const context = currentContext();
    const facts = stored.map(({ id, ...of }) => ({ payload: { event_id: id, ...of }, context }));
    if (facts.length) await this.bus.publishAll('geofence.crossed', facts);
  }

  /** Why not to tell of each, if so; what is silenced delays nothing that comes after it. */
  private async silencesOf(found: Found[], now: number): Promise<NewEvent['silenced'][]> {
    const quiet = [...new Set(found.flatMap(({ fence }) => (fence.cooldown_seconds ? [fence.id] : [])))];
    const told = quiet.length ? await this.events.lastTold(found[0]!.fence.watched_id, quiet) : [];
    const last = new Map(told.map(({ geofence_id, event_type, at }) => [`${geofence_id}:${event_type}`, at.getTime()]));
    return found.map(({ fence, crossing: { type, certainAt } }) => {
      const [key, at] = [`${fence.id}:${type}`, certainAt.getTime()];
      if (now - at > LATE_MS) return 'late';
      if (!fence[`notify_on_${type}`]) return 'unasked';
      if (at - (last.get(key) ?? -Infinity) < fence.cooldown_seconds * 1000) return 'cooldown';
      last.set(key, at);
      return null;
    });
  }
}

/** A crossing of a fence around a centre, as it is kept and shown. */
export const toCrossingRow = (crossing: Crossing, centre: { latitude: number; longitude: number }): CrossingRow => ({
  event_type: crossing.type,
  latitude: crossing.fix.latitude,
  longitude: crossing.fix.longitude,
  accuracy: crossing.fix.accuracy,
  distance_meters: distanceMeters(centre, crossing.fix),
  border_meters: crossing.offset,
  reason: crossing.reason,
  confidence: crossing.confidence,
  evidence: crossing.evidence,
  location_id: crossing.fix.id,
  first_location_id: crossing.evidence[0]!.locationId,
  recorded_at: crossing.certainAt,
  crossed_at: crossing.happenedAt,
});
