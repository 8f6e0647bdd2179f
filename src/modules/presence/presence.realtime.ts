import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import type { Socket } from 'socket.io';
import type { Fact, RequestBody } from 'src/contracts';
import { outsideContext, type Principal } from 'src/core/context/context';
import { OnCommit } from 'src/core/events/bus';
import { OnStatusChange, Presence, type StatusChange } from 'src/core/realtime/presence';
import { OnRenewal } from 'src/core/realtime/renewals';
import { OnRequest } from 'src/core/realtime/requests';
import { PresenceService } from 'src/modules/presence/presence.service';

/** Time enough for each node to say who is connected to it, and to find out who has gone with another. */
const KNOWN_AFTER_MS = 30_000;

@Injectable()
export class PresenceRealtime implements BeforeApplicationShutdown {
  private readonly logger = new Logger('PresenceRealtime');
  private timer?: NodeJS.Timeout;
  private isClosing = false;

  constructor(
    private readonly service: PresenceService,
    private readonly presence: Presence,
  ) {}

  @OnStatusChange()
  async changed(changes: StatusChange[]) {
    await this.service.changed(changes);
  }

  /** Who came and went unheard is told when Redis, which may have come back empty, knows again who is there. */
  @OnRenewal()
  renew() {
    clearTimeout(this.timer);
    if (this.isClosing) return;
    this.timer = outsideContext(() => setTimeout(() => void this.tellAnew(), KNOWN_AFTER_MS).unref());
  }

  beforeApplicationShutdown() {
    this.isClosing = true;
    clearTimeout(this.timer);
  }

  @OnRequest('set_status')
  async setStatus(user: Principal, { status }: RequestBody<'set_status'>, socket: Socket) {
    await this.presence.mark(user, socket.id, status);
    return { status };
  }

  @OnCommit('user.presence_changed')
  async chosen(facts: Fact<'user.presence_changed'>[]) {
    await this.service.announce([...new Set(facts.map(({ user_id }) => user_id))]);
  }

  @OnCommit('user.renamed')
  async renamed(facts: Fact<'user.renamed'>[]) {
    await this.service.reintroduce([...new Set(facts.map(({ user_id }) => user_id))]);
  }

  @OnCommit('chat.answered')
  async answered(facts: Fact<'chat.answered'>[]) {
    for (const { chat_id, user_id } of facts) await this.service.answered(chat_id, user_id);
  }

  @OnCommit('user.blocked')
  async blocked(facts: Fact<'user.blocked'>[]) {
    for (const { user_id, other_id } of facts) await this.service.introduce(user_id, other_id);
  }

  @OnCommit('user.unblocked')
  async unblocked(facts: Fact<'user.unblocked'>[]) {
    for (const { user_id, other_id } of facts) await this.service.introduce(user_id, other_id);
  }

  private async tellAnew() {
    await this.service.announceHere().catch((error: Error) => {
      this.logger.warn(`could not tell anew who is there: ${error.message}`);
      this.renew();
    });
  }
}
