import type { GeofenceEventView } from 'src/modules/geofences/geofences.dto';
import { isAsFine, opened, type Facts } from 'test/races/stories/places/rules';
import { expectToFit } from 'test/races/stories/places/sight';
import type { Walker } from 'test/races/stories/places/walker';
import { must } from 'test/races/stories/story';

/** What comes to pass at fences: whoever enters one leaves it before he enters again; and who gets to know. */
export class Crossings {
  private readonly known = new Set<number>();
  /** By fence and person: the last, unless what was before may be forgotten, or the fence may have begun anew. */
  private readonly last = new Map<string, GeofenceEventView>();

  /** A person's own, oldest first. Fences of others begin anew with what lets them see him; what he has forgotten, nobody can tell. */
  checkOrder(person: Walker, own: GeofenceEventView[], hasBegunAnew: boolean) {
    const hasForgotten = person.takeForgotten();
    const isUnsure = ({ owner_id, subject_id, chat_id }: GeofenceEventView & { subject_id?: string }) =>
      hasForgotten || (hasBegunAnew && (owner_id !== person.id || chat_id !== null || subject_id != null));
    for (const [key, event] of this.last) if (event.user_id === person.id && isUnsure(event)) this.last.delete(key);
    for (const event of own) {
      if (this.known.has(event.id)) continue;
      this.known.add(event.id);
      const key = `${event.geofence_id} ${person.id}`;
      const before = this.last.get(key);
      must('entries and exits alternate', before?.event_type !== event.event_type, { before, event });
      if (!isUnsure(event)) this.last.set(key, event);
    }
  }
}

/** An event of somebody else is shown by a share that shows as much as it tells. */
export function expectToBeShown(facts: Facts, person: Walker, viewer: Walker, event: GeofenceEventView) {
  const { precision, recorded_at } = event;
  const isEnough = (share: { precision: typeof precision; created_at: string }) =>
    isAsFine(share.precision, precision) && share.created_at <= recorded_at;
  const isShown = opened(facts, person.id, viewer.id).some(isEnough);
  must('the event is shown', isShown, { event, viewer: viewer.name });
  // of a coarse one is known only in which cell it was, not whether that was where he has hidden himself since
  expectToFit(person, { recorded_at, ...event.location }, precision, precision !== 'exact');
}
