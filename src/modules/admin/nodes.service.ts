import { Injectable } from '@nestjs/common';
import { Presence } from 'src/core/realtime/presence';
import { Realtime } from 'src/core/realtime/realtime';
import { toSocketsView, type SocketsView } from 'src/modules/admin/admin.dto';

/** What the nodes say of themselves. */
@Injectable()
export class NodesService {
  constructor(
    private readonly realtime: Realtime,
    private readonly presence: Presence,
  ) {}

  async sockets(): Promise<SocketsView> {
    const [nodes, usersOnline] = await Promise.all([this.realtime.nodes(), this.presence.usersOnline()]);
    return toSocketsView(nodes, usersOnline);
  }
}
