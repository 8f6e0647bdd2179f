import { Injectable } from '@nestjs/common';
import type { Fact, JobData } from 'src/contracts';
import { OnEvent } from 'src/core/events/bus';
import { OnJob } from 'src/core/jobs/jobs';
import { Presence } from 'src/core/realtime/presence';
import { RetentionService } from 'src/modules/location/retention.service';
import { SharesService } from 'src/modules/location/shares.service';
import { PushService } from 'src/modules/push/push.service';

@Injectable()
export class LocationWorkers {
  constructor(
    private readonly shares: SharesService,
    private readonly retention: RetentionService,
    private readonly presence: Presence,
    private readonly push: PushService,
  ) {}

  @OnJob('location.end_share')
  async endShare({ share_id: id, expires_at: expiresAt }: JobData<'location.end_share'>) {
    await this.shares.endExpired(id, expiresAt);
  }

  @OnJob('location.tend')
  async tend() {
    await this.retention.tend();
  }

  @OnJob('location.apply_choice')
  async applyChoice({ user_id: userId }: JobData<'location.apply_choice'>) {
    await this.retention.applyChoice(userId);
  }

  @OnEvent('user.blocked')
  async endSharesBetween({ user_id: userId, other_id: otherId }: Fact<'user.blocked'>) {
    await this.shares.stopBetween(userId, otherId);
  }

  /** A push for somebody who may see a position and has no open connection, once for each share. */
  @OnEvent('location_share.granted')
  async notifyAbsent({ share_id: id }: Fact<'location_share.granted'>) {
    const share = await this.shares.find(id);
    if (!share?.is_live) return;
    const { user_id: sharerId, target_user_id: userId } = share;
    if ((await this.presence.online([userId])).has(userId)) return;
    await this.push.notify([
      {
        userId,
        key: `location_share:${id}`,
        kind: 'system',
        title: { key: 'location_share.title' },
        body: { key: 'location_share.body', params: { name: share.display_name ?? share.username } },
        data: { event: 'location_share_received', share_id: String(id), sharer_id: sharerId },
      },
    ]);
  }
}
