import { Injectable } from '@nestjs/common';
import type { Fact, JobData } from 'src/contracts';
import { OnEvent } from 'src/core/events/bus';
import { OnJob } from 'src/core/jobs/jobs';
import { Presence } from 'src/core/realtime/presence';
import { CrossingsService } from 'src/modules/geofences/crossings.service';
import { EventsService } from 'src/modules/geofences/events.service';
import { WatchesService } from 'src/modules/geofences/watches.service';
import { SharesService } from 'src/modules/location/shares.service';
import { UsersService } from 'src/modules/users/users.service';
import { StillTold, type Standing, type Told } from 'src/modules/push/standing.service';
import { PushService } from 'src/modules/push/push.service';

@Injectable()
export class GeofencesWorkers {
  constructor(
    private readonly crossings: CrossingsService,
    private readonly events: EventsService,
    private readonly watches: WatchesService,
    private readonly shares: SharesService,
    private readonly users: UsersService,
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

  @OnJob('geofence.await_dwells')
  async awaitDwells({ geofence_id: id }: JobData<'geofence.await_dwells'>) {
    await this.crossings.awaitDwells(id);
  }

  @OnEvent('location_share.granted')
  async beginToWatch({ share_id: id }: Fact<'location_share.granted'>) {
    const share = await this.shares.find(id);
    if (!share) return;
    if (share.is_live && share.chat_id !== null) await this.watches.beginFor(share.user_id);
    // it may show less than before
    await this.takeBack(share.user_id);
  }

  @OnEvent('location_share.stopped')
  async endWatches({ share_id: id }: Fact<'location_share.stopped'>) {
    const share = await this.shares.find(id);
    if (!share) return;
    await this.watches.endWith(id, share.user_id);
    await this.takeBack(share.user_id);
  }

  /** To those who have left a chat nothing is left either of what others did at its fences. */
  @OnEvent('chat.left')
  async takeBackFromLeavers({ chat_id: chatId, user_ids: leaverIds }: Fact<'chat.left'>) {
    for (const sharerId of await this.watches.sharersWith(chatId))
      for (const userId of leaverIds) await this.push.reconsider(sharerId, { userId, name: 'geofence' });
  }

  @OnEvent('geofence.watch_decided')
  async takeBackDecided({ user_id: userId }: Fact<'geofence.watch_decided'>) {
    await this.takeBack(userId);
  }

  /** What happened where it is private now is shown to nobody else any more. */
  @OnEvent('location.shown_anew')
  async takeBackHidden({ user_id: userId }: Fact<'location.shown_anew'>) {
    await this.takeBack(userId);
  }

  /** A push for those who are to hear of it and have no open connection; who crossed himself is not told what he did for others. */
  @OnEvent('geofence.crossed')
  async notifyAbsent({ event_id: eventId }: Fact<'geofence.crossed'>) {
    const [telling] = await this.events.toTell([eventId]);
    if (!telling) return;
    const { event } = telling;
    const isOwn = event.user_id === event.owner_id && event.chat_id === null;
    const told = isOwn ? telling.userIds : telling.userIds.filter((id) => id !== event.user_id);
    const online = await this.presence.online(told);
    const subject = isOwn ? undefined : (await this.users.activeByIds([event.user_id])).get(event.user_id);
    const key = isOwn ? `geofence.${event.event_type}` : `geofence_of_other.${event.event_type}`;
    const params = { name: event.geofence_name, ...(subject && { person: subject.displayName ?? subject.username }) };
    await this.push.notify(
      told
        .filter((userId) => !online.has(userId))
        .map((userId) => ({
          userId,
          key: `geofence:${eventId}`,
          kind: 'geofence' as const,
          ...(subject && { aboutUserId: subject.id }),
          title: { key: `${key}.title`, params },
          body: { key: `${key}.body`, params },
          data: {
            event_id: String(eventId),
            geofence_id: String(event.geofence_id),
            event_type: event.event_type,
            recorded_at: event.recorded_at,
          },
        })),
    );
  }

  @StillTold('geofence')
  async stillTold(told: Told[]): Promise<Standing[]> {
    const asked = told.map(({ userId, of }) => ({ userId, eventId: Number(of) }));
    return (await this.events.mayHear(asked)).map((mayHear) => (mayHear ? 'stands' : 'over'));
  }

  @StillTold('geofence_watch')
  async stillAsked(told: Told[]): Promise<Standing[]> {
    const asked = told.map(({ userId, of }) => ({ userId, geofenceId: parseInt(of) }));
    const since = await this.watches.askedSince(asked);
    return told.map(({ of }, index) =>
      of === askOf(asked[index]!.geofenceId, since[index]?.toISOString()) ? 'stands' : 'over',
    );
  }

  @OnEvent('geofence.watch_asked')
  async notifyAsked({ geofence_id: id, user_id: userId }: Fact<'geofence.watch_asked'>) {
    const watch = await this.watches.find(userId, id);
    if (watch?.state !== 'asked' || (await this.presence.online([userId])).has(userId)) return;
    const params = { person: watch.owner.display_name ?? watch.owner.username };
    await this.push.notify([
      {
        userId,
        key: `geofence_watch:${askOf(id, watch.asked_at)}`,
        kind: 'system',
        aboutUserId: watch.owner.id,
        title: { key: 'geofence_watch.title' },
        body: { key: 'geofence_watch.body', params },
        data: { event: 'geofence_watch_changed', geofence_id: String(id) },
      },
    ]);
  }

  /** Of the user's crossings nothing is left where they are shown no more. */
  private takeBack(userId: string): Promise<void> {
    return this.push.reconsider(userId, { name: 'geofence' });
  }
}

/** One time that a fence asks: it may ask again. */
const askOf = (geofenceId: number, at: string | undefined) => `${geofenceId}:${at}`;
