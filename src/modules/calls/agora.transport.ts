import { RtcRole, RtcTokenBuilder } from 'agora-token';
import type { TicketView } from 'src/modules/calls/calls.dto';
import { CallTransport, type Entrant } from 'src/modules/calls/calls.transport';

const HOUR_S = 3600;

/** Agora's network: everybody gets a token that is good for his channel and his uid only, and only for a time. */
export class AgoraTransport extends CallTransport {
  readonly name = 'agora';

  constructor(
    private readonly appId: string,
    private readonly certificate: string,
    private readonly hours: number,
  ) {
    super();
  }

  override ticket({ channelName, uid }: Entrant): TicketView {
    const seconds = this.hours * HOUR_S;
    const { appId, certificate } = this;
    const expiresAt = Math.floor(Date.now() / 1000) + seconds;
    return {
      transport: this.name,
      channel_name: channelName,
      uid,
      app_id: appId,
      token: RtcTokenBuilder.buildTokenWithUid(
        appId,
        certificate,
        channelName,
        uid,
        RtcRole.PUBLISHER,
        seconds,
        seconds,
      ),
      expires_at: new Date(expiresAt * 1000).toISOString(),
      ice_servers: [],
    };
  }
}
