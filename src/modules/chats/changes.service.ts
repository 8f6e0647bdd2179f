import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import type { Fact, PushBody } from 'src/contracts';
import { handlerDecorator, Handlers, requireOneHandlerEach, type Handler } from 'src/core/discovery/discovery';
import { chatChangePushes, type ChangeType } from 'src/modules/chats/changes.contract';
import { FreshMessages } from 'src/modules/chats/fresh-messages';
import type { MessageRow } from 'src/modules/chats/messages.repository';

const SHOWS = Symbol('ShowsChange');

/**
 * The method that shows the changes of a kind: `(changes: ChangeRow[], fresh: MessageRow[]) => Promise<(body | undefined)[]>`, in their
 * order, where a body is that of the push of this name without `change_seq`, which is put into it: a new object for each change. It is
 * asked for many at once and must not ask the database for each; the `fresh` messages it need not ask for.
 */
export const ShowsChange = handlerDecorator<ChangeType>(SHOWS);

export type ChangeRow = Omit<Fact<'chat.changed'>, 'pair'>;

/** A change as everybody in the chat gets it, live and by `sync`. */
export type ChangeEvent = {
  [N in ChangeType]: { type: N; chat_id: number; user_id: string | null; data: PushBody<N> };
}[ChangeType];

/** Shows changes of chats: the one place where they get the form in which clients hear of them. */
@Injectable()
export class ChangesService implements OnApplicationBootstrap {
  private shows = new Map<string, Handler>();

  constructor(
    private readonly handlers: Handlers,
    private readonly fresh: FreshMessages,
  ) {}

  onApplicationBootstrap() {
    const handlers = this.handlers.of(SHOWS);
    requireOneHandlerEach('change', Object.keys(chatChangePushes), handlers);
    this.shows = new Map(handlers.map((handler) => [handler.name, handler]));
  }

  /** In the order given, of any number of chats, with one question for each kind; without those that can't be shown any more. */
  events(rows: ChangeRow[]): Promise<ChangeEvent[]> {
    return this.shown(rows, []);
  }

  /** The same right after the commit, in the process that has made the changes. */
  eventsJustMade(rows: ChangeRow[]): Promise<ChangeEvent[]> {
    return this.shown(rows, this.fresh.take(rows.map(({ message_id }) => message_id)));
  }

  private async shown(rows: ChangeRow[], fresh: MessageRow[]): Promise<ChangeEvent[]> {
    const bodies = new Map<ChangeRow, object | undefined>();
    for (const type of new Set(rows.map((row) => row.type))) {
      const ofType = rows.filter((row) => row.type === type);
      const shown = (await this.shows.get(type)!.run(ofType, fresh)) as (object | undefined)[];
      ofType.forEach((row, index) => bodies.set(row, shown[index]));
    }
    return rows.flatMap((row) => {
      const body = bodies.get(row);
      const event = {
        type: row.type,
        chat_id: row.chat_id,
        user_id: row.user_id,
        data: body && Object.assign(body, { change_seq: row.seq }),
      };
      return body ? [event as ChangeEvent] : [];
    });
  }
}
