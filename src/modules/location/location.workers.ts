import { Injectable } from '@nestjs/common';
import type { Fact, JobData } from 'src/contracts';
import { OnEvent } from 'src/core/events/bus';
import { OnJob } from 'src/core/jobs/jobs';
import { Presence } from 'src/core/realtime/presence';
import { AgesService } from 'src/modules/location/ages.service';
import { ImportsService } from 'src/modules/location/imports.service';
import { ReadsService } from 'src/modules/location/reads.service';
import { RetentionService } from 'src/modules/location/retention.service';
import { ShareRequestsService } from 'src/modules/location/share-requests.service';
import { SharesService } from 'src/modules/location/shares.service';
import { PushService } from 'src/modules/push/push.service';
import { StillTold, type Standing, type Told } from 'src/modules/push/standing.service';

@Injectable()
export class LocationWorkers {
  constructor(
    private readonly shares: SharesService,
    private readonly requests: ShareRequestsService,
    private readonly retention: RetentionService,
    private readonly ages: AgesService,
    private readonly reads: ReadsService,
    private readonly imports: ImportsService,
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
    await this.reads.forgetOld();
    await this.requests.forgetDecided();
  }

  @OnJob('location.import')
  async import({ import_id: id }: JobData<'location.import'>) {
    await this.imports.run(id);
  }

  @OnJob('location.apply_choice')
  async applyChoice({ user_id: userId, dropped }: JobData<'location.apply_choice'>) {
    await this.retention.applyChoice(
      userId,
      dropped ? { before: new Date(dropped.before), storedBy: new Date(dropped.stored_by) } : undefined,
    );
  }

  @OnEvent('user.blocked')
  async endSharesBetween({ user_id: userId, other_id: otherId, since }: Fact<'user.blocked'>) {
    await this.shares.stopBetween(userId, otherId, since);
  }

  @OnJob('location.tell_ages')
  async tellAges() {
    await this.ages.tell();
  }

  /**
   * A push for somebody who may see a position and has no open connection, once for each share. Who is let in with a whole chat or
   * with all contacts hears nothing. It says who shares, and never where.
   */
  @OnEvent('location_share.granted')
  async notifyAbsent({ share_id: id }: Fact<'location_share.granted'>) {
    const share = await this.shares.find(id);
    if (!share?.is_live || share.target_user_id === null) return;
    const { user_id: sharerId, target_user_id: userId } = share;
    if ((await this.presence.online([userId])).has(userId)) return;
    await this.push.notify([
      {
        userId,
        key: shareKey(id),
        kind: 'system',
        aboutUserId: sharerId,
        title: { key: 'location_share.title' },
        body: { key: 'location_share.body', params: { name: share.display_name ?? share.username } },
        data: { event: 'location_share_received', share_id: String(id), sharer_id: sharerId },
      },
    ]);
  }

  @OnEvent('location_share.granted')
  async answerAsked({ share_id: id }: Fact<'location_share.granted'>) {
    const share = await this.shares.find(id);
    if (share?.is_live) await this.requests.answerBy(share);
  }

  /** Who was told of a share is not any more when it is over. */
  @OnEvent('location_share.stopped')
  async takeBack({ share_id: id }: Fact<'location_share.stopped'>) {
    const userId = (await this.shares.find(id))?.target_user_id;
    if (userId) await this.push.retract([{ userId, key: shareKey(id) }]);
  }

  @StillTold('location_share')
  async stillShared(told: Told[]): Promise<Standing[]> {
    const live = await this.shares.liveTargets(told.map(idOf));
    return told.map((one) => (live.get(idOf(one)) === one.userId ? 'stands' : 'over'));
  }

  /** What was answered on one device is taken off the others; nothing is left of what was taken back. */
  @OnEvent('location.request_decided')
  async takeBackAsked({ request_id: id }: Fact<'location.request_decided'>) {
    const request = await this.requests.find(id);
    if (!request) return;
    const told = [{ userId: request.target_user_id, key: requestKey(id) }];
    await (request.state === 'withdrawn' ? this.push.retract(told) : this.push.withdraw(told));
  }

  @StillTold('location_request')
  async stillAsked(told: Told[]): Promise<Standing[]> {
    const pending = await this.requests.pendingAmong(told.map(idOf));
    return told.map((one) => (pending.has(idOf(one)) ? 'stands' : 'over'));
  }

  /** Nobody is told of somebody who asks, takes it back and asks again more than once an hour; he finds it in the app. */
  @OnEvent('location.requested')
  async notifyAsked({ request_id: id }: Fact<'location.requested'>) {
    const request = await this.requests.find(id);
    if (request?.state !== 'pending') return;
    const { user_id: askerId, target_user_id: userId } = request;
    if ((await this.presence.online([userId])).has(userId)) return;
    const before = await this.requests.withdrawnBefore(id);
    if ((await this.push.told(before.map((one) => ({ userId, key: requestKey(one) })))).size) return;
    await this.push.notify([
      {
        userId,
        key: requestKey(id),
        kind: 'system',
        aboutUserId: askerId,
        title: { key: 'location_request.title' },
        body: { key: 'location_request.body', params: { name: request.display_name ?? request.username } },
        data: { event: 'location_request_changed', request_id: String(id), asker_id: askerId },
      },
    ]);
  }
}

const shareKey = (id: number) => `location_share:${id}`;
const requestKey = (id: number) => `location_request:${id}`;
const idOf = ({ of }: Told) => Number(of);
