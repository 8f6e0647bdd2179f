import { Inject, Injectable } from '@nestjs/common';
import { createHmac } from 'node:crypto';
import { ENV, type Env } from 'src/config/env';
import type { IceServer, IceServersView } from 'src/modules/calls/calls.dto';

const POOL = 10;

/** Through which servers two devices find each other. */
@Injectable()
export class IceServers {
  constructor(@Inject(ENV) private readonly env: Env) {}

  /** STUN and TURN, the latter with credentials of the user's own that are good for a time. */
  for(userId: string, now = Date.now()): IceServersView {
    const { STUN_URLS: stun, TURN_URLS: turn, TURN_SECRET: secret, TURN_TTL_SECONDS: ttl } = this.env;
    const expiry = Math.floor(now / 1000) + ttl;
    const servers: IceServer[] = stun.length ? [{ urls: stun }] : [];
    const needsCredentials = turn.length > 0 && secret !== undefined;
    if (needsCredentials) servers.push({ urls: turn, ...turnCredentials(secret, userId, expiry) });
    return {
      iceServers: servers,
      ice_servers: servers,
      iceCandidatePoolSize: POOL,
      expires_at: needsCredentials ? new Date(expiry * 1000).toISOString() : null,
    };
  }
}

/**
 * What coturn takes with `use-auth-secret`: the name says until when it is good (`expiry`, Unix seconds), the password proves it.
 * (draft-uberti-behave-turn-rest-00)
 */
const turnCredentials = (secret: string, userId: string, expiry: number) => {
  const username = `${expiry}:${userId}`;
  return { username, credential: createHmac('sha1', secret).update(username).digest('base64') };
};
