import { Injectable } from '@nestjs/common';
import type { Fact } from 'src/contracts';
import { OnCommit } from 'src/core/events/bus';
import { Realtime } from 'src/core/realtime/realtime';
import { EventsService } from 'src/modules/geofences/events.service';

@Injectable()
export class GeofencesRealtime {
  constructor(
    private readonly events: EventsService,
    private readonly realtime: Realtime,
  ) {}

  @OnCommit('geofence.crossed')
  async crossed(facts: Fact<'geofence.crossed'>[]) {
    const tellings = await this.events.toTell(facts.map(({ event_id }) => event_id));
    for (const { event, userIds } of tellings) this.realtime.toUsers(userIds, 'geofence_event', event);
    await this.events.noteTold(tellings);
  }
}
