import { Injectable } from '@nestjs/common';
import type { Fact } from 'src/contracts';
import { OnCommit } from 'src/core/events/bus';
import { Realtime } from 'src/core/realtime/realtime';
import { GeofencesService } from 'src/modules/geofences/geofences.service';

@Injectable()
export class GeofencesRealtime {
  constructor(
    private readonly geofences: GeofencesService,
    private readonly realtime: Realtime,
  ) {}

  @OnCommit('geofence.crossed')
  async crossed(facts: Fact<'geofence.crossed'>[]) {
    for (const event of await this.geofences.eventsToTell(facts.map(({ event_id }) => event_id)))
      this.realtime.toUser(event.user_id, 'geofence_event', event);
  }
}
