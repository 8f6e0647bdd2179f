import { Injectable } from '@nestjs/common';
import type { Socket } from 'socket.io';
import type { Fact, RequestBody } from 'src/contracts';
import { portions } from 'src/core/collections/collections';
import type { Principal } from 'src/core/context/context';
import { OnCommit } from 'src/core/events/bus';
import { OnCaughtUp, OnConnect, Realtime } from 'src/core/realtime/realtime';
import { OnRenewal } from 'src/core/realtime/renewals';
import { OnRequest } from 'src/core/realtime/requests';
import { Fanout } from 'src/modules/location/fanout';
import { LocationAccess, type Visible } from 'src/modules/location/location.access';
import { toLocationView, toPoint } from 'src/modules/location/location.dto';
import { LocationService } from 'src/modules/location/location.service';
import { ReadsService, toRead } from 'src/modules/location/reads.service';
import { SharesService } from 'src/modules/location/shares.service';

const NOTED_AT_ONCE = 1000;

/** Positions and shares over sockets. What goes out is what `LocationAccess` shows at that moment. */
@Injectable()
export class LocationRealtime {
  constructor(
    private readonly location: LocationService,
    private readonly shares: SharesService,
    private readonly access: LocationAccess,
    private readonly fanout: Fanout,
    private readonly reads: ReadsService,
    private readonly realtime: Realtime,
  ) {}

  @OnConnect()
  async connected({ userId }: Principal, socket: Socket) {
    await this.note(this.show(socket, await this.access.visibleTo(userId)));
  }

  /** Moves that others told and this node did not hear: its watchers get what they would get if they connected now. */
  @OnRenewal()
  async renew() {
    await this.realtime.forAllHere(async (connections) => {
      const seen = await Promise.all(
        connections.map(async ({ user, socket }) => this.show(socket, await this.access.visibleTo(user.userId))),
      );
      for (const some of portions(seen.flat(), NOTED_AT_ONCE)) await this.note(some);
    });
  }

  @OnCaughtUp('shared_location_update')
  async caughtUp({ userId }: Principal, socket: Socket, ownerIds: string[]) {
    await this.note(this.show(socket, await this.access.visible({ viewerId: userId, ownerIds })));
  }

  @OnRequest('location_update')
  async update({ userId }: Principal, body: RequestBody<'location_update'>) {
    return toLocationView(await this.location.recordOne(userId, toPoint(body)));
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

  @OnCommit('location.moved')
  async moved(facts: Fact<'location.moved'>[]) {
    await this.fanout.moved([...new Set(facts.map(({ user_id }) => user_id))]);
  }

  /** Who is let in, or sees more or less from now on, gets the present position first. */
  @OnCommit('location_share.granted')
  async granted(facts: Fact<'location_share.granted'>[]) {
    await this.showOf(facts);
  }

  /** So does who sees by another share from now on. */
  @OnCommit('location_share.stopped')
  async stopped(facts: Fact<'location_share.stopped'>[]) {
    await this.showOf(facts);
  }

  @OnCommit('location.shown_anew')
  async shownAnew(facts: Fact<'location.shown_anew'>[]) {
    await this.fanout.show([...new Set(facts.map(({ user_id }) => user_id))]);
  }

  private async showOf(facts: { share_id: number }[]) {
    const shares = await Promise.all(facts.map(({ share_id: id }) => this.shares.find(id)));
    await this.fanout.show([...new Set(shares.flatMap((share) => (share ? [share.user_id] : [])))]);
  }

  /** Gives what was seen by that. */
  private show(socket: Socket, visible: Visible[]): Visible[] {
    for (const { position } of visible) socket.emit('shared_location_update', position);
    return visible.filter(({ position }) => position.state !== 'paused');
  }

  private async note(seen: Visible[]) {
    await this.reads.note(seen.map((one) => ({ ...toRead(one), exit: 'socket' })));
  }
}
