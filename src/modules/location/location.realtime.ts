import { Injectable } from '@nestjs/common';
import type { Socket } from 'socket.io';
import type { Fact, RequestBody } from 'src/contracts';
import type { Principal } from 'src/core/context/context';
import { OnCommit } from 'src/core/events/bus';
import { OnConnect, Realtime } from 'src/core/realtime/realtime';
import { OnRequest } from 'src/core/realtime/requests';
import { LocationAccess } from 'src/modules/location/location.access';
import { toPoint } from 'src/modules/location/location.dto';
import { LocationService } from 'src/modules/location/location.service';
import { toShareNews, toShareStopped, toShareView } from 'src/modules/location/shares.dto';
import { SharesService } from 'src/modules/location/shares.service';

/** Positions and shares over sockets. What goes out is what `LocationAccess` shows at that moment. */
@Injectable()
export class LocationRealtime {
  constructor(
    private readonly location: LocationService,
    private readonly shares: SharesService,
    private readonly access: LocationAccess,
    private readonly realtime: Realtime,
  ) {}

  @OnConnect()
  async connected({ userId }: Principal, socket: Socket) {
    for (const { position } of await this.access.visible({ viewerId: userId }))
      socket.emit('shared_location_update', position);
  }

  @OnRequest('location_update')
  update({ userId }: Principal, body: RequestBody<'location_update'>) {
    return this.location.recordOne(userId, toPoint(body));
  }

  @OnRequest('location_share_start')
  async startShare(user: Principal, body: RequestBody<'location_share_start'>) {
    return (await this.shares.start(user, body)).share;
  }

  @OnRequest('location_share_stop')
  async stopShare(user: Principal, { share_id: id }: RequestBody<'location_share_stop'>) {
    await this.shares.stop(user, id);
    return { share_id: id };
  }

  /** Newest wins: a live position that these points are not has been told already, or is about to be by the one who moved it. */
  @OnCommit('location.moved')
  async moved(facts: Fact<'location.moved'>[]) {
    const ids = new Set(facts.map(({ location_id }) => location_id));
    const ownerIds = [...new Set(facts.map(({ user_id }) => user_id))];
    for (const { viewerId, locationId, position } of await this.access.visible({ ownerIds }))
      if (ids.has(locationId)) this.realtime.toUser(viewerId, 'shared_location_update', position);
  }

  @OnCommit('location_share.granted')
  async granted(facts: Fact<'location_share.granted'>[]) {
    for (const { share_id: id } of facts) {
      const share = await this.shares.find(id);
      if (!share?.is_live) continue;
      const news = toShareNews(toShareView(share));
      this.realtime.toUser(share.user_id, 'location_share_started', news);
      this.realtime.toUser(share.target_user_id, 'location_share_received', news);
      const pair = { ownerIds: [share.user_id], viewerId: share.target_user_id };
      for (const { viewerId, position } of await this.access.visible(pair))
        this.realtime.toUser(viewerId, 'shared_location_update', position);
    }
  }

  @OnCommit('location_share.stopped')
  async stopped(facts: Fact<'location_share.stopped'>[]) {
    for (const { share_id: id } of facts) {
      const share = await this.shares.find(id);
      if (share)
        this.realtime.toUsers([share.user_id, share.target_user_id], 'location_share_stopped', toShareStopped(share));
    }
  }
}
