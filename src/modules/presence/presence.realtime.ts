import { Injectable } from '@nestjs/common';
import type { Socket } from 'socket.io';
import type { Fact, RequestBody } from 'src/contracts';
import type { Principal } from 'src/core/context/context';
import { OnCommit } from 'src/core/events/bus';
import { OnStatusChange, Presence, type StatusChange } from 'src/core/realtime/presence';
import { OnRequest } from 'src/core/realtime/requests';
import { PresenceService } from 'src/modules/presence/presence.service';

@Injectable()
export class PresenceRealtime {
  constructor(
    private readonly service: PresenceService,
    private readonly presence: Presence,
  ) {}

  @OnStatusChange()
  async changed(changes: StatusChange[]) {
    await this.service.changed(changes);
  }

  @OnRequest('set_status')
  async setStatus({ userId }: Principal, { status }: RequestBody<'set_status'>, socket: Socket) {
    await this.presence.mark(userId, socket.id, status);
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
}
