import { Injectable, type OnModuleInit } from '@nestjs/common';
import { handlerDecorator, Handlers, type Handler } from 'src/core/discovery/discovery';

const UNREAD = Symbol('CountsUnread');
const unreadDecorator = handlerDecorator<'unread'>(UNREAD);

/** A method `(userIds) => Promise<Map<userId, number>>` of a feature: how much of what it keeps its users have not read. */
export const CountsUnread = () => unreadDecorator('unread');

/** The number on the app's picture: what all features together say is unread. */
@Injectable()
export class BadgesService implements OnModuleInit {
  private counters: Handler[] = [];

  constructor(private readonly handlers: Handlers) {}

  onModuleInit() {
    this.counters = this.handlers.of(UNREAD);
  }

  async of(userIds: string[]): Promise<Map<string, number>> {
    const counts = (await Promise.all(this.counters.map(({ run }) => run(userIds)))) as Map<string, number>[];
    return new Map(userIds.map((id) => [id, counts.reduce((sum, count) => sum + (count.get(id) ?? 0), 0)]));
  }
}
