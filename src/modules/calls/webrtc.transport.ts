import type { TicketView } from 'src/modules/calls/calls.dto';
import { CallTransport, type Entrant } from 'src/modules/calls/calls.transport';
import type { IceServers } from 'src/modules/calls/ice-servers';

/** From peer to peer: the devices find each other by `call_signal` and the ICE servers. */
export class WebRtcTransport extends CallTransport {
  readonly name = 'webrtc';

  constructor(private readonly ice: IceServers) {
    super();
  }

  override ticket({ channelName, uid, userId }: Entrant): TicketView {
    const { ice_servers, expires_at } = this.ice.for(userId);
    return {
      transport: this.name,
      channel_name: channelName,
      uid,
      app_id: null,
      token: null,
      expires_at,
      ice_servers,
    };
  }
}
