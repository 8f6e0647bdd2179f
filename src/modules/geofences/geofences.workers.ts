import { Injectable } from '@nestjs/common';
import type { Fact, JobData } from 'src/contracts';
import { OnEvent } from 'src/core/events/bus';
import { OnJob } from 'src/core/jobs/jobs';
import { Presence } from 'src/core/realtime/presence';
import { CrossingsService } from 'src/modules/geofences/crossings.service';
import { GeofencesService } from 'src/modules/geofences/geofences.service';
import { PushService } from 'src/modules/push/push.service';

@Injectable()
export class GeofencesWorkers {
  constructor(
    private readonly crossings: CrossingsService,
    private readonly geofences: GeofencesService,
    private readonly presence: Presence,
    private readonly push: PushService,
  ) {}

  @OnEvent('location.recorded')
  async evaluate({ user_id: userId }: Fact<'location.recorded'>) {
    await this.crossings.evaluate(userId);
  }

  @OnJob('geofence.dwell')
  async dwell({ user_id: userId, geofence_id: geofenceId, since }: JobData<'geofence.dwell'>) {
    await this.crossings.dwell(userId, geofenceId, new Date(since));
  }

  /** A push for an owner who has no open connection. */
  @OnEvent('geofence.crossed')
  async notifyAbsent({ event_id: eventId, user_id: userId }: Fact<'geofence.crossed'>) {
    const [event] = await this.geofences.eventsToTell([eventId]);
    if (!event || (await this.presence.online([userId])).has(userId)) return;
    const key = `geofence.${event.event_type}`;
    const params = { name: event.geofence_name };
    await this.push.notify([
      {
        userId,
        key: `geofence:${eventId}`,
        kind: 'geofence',
        title: { key: `${key}.title`, params },
        body: { key: `${key}.body`, params },
        data: {
          event_id: String(eventId),
          geofence_id: String(event.geofence_id),
          event_type: event.event_type,
          recorded_at: event.recorded_at,
        },
      },
    ]);
  }
}
