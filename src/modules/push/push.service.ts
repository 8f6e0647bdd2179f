import { Injectable } from '@nestjs/common';
import { Database } from 'src/core/database/database';
import { I18n } from 'src/core/i18n/i18n';
import { Jobs } from 'src/core/jobs/jobs';
import { NotificationsRepository, type NewNotification } from 'src/modules/push/notifications.repository';
import type { NotificationKind } from 'src/modules/push/push.entities';
import type { User } from 'src/modules/users/users.entities';
import { UsersService } from 'src/modules/users/users.service';

/** A text of `i18n/<language>/push.json`, and what fills its `{{places}}`. */
export interface NoteText {
  key: string;
  params?: Record<string, unknown>;
}

/** Something that one user shall be told on his devices. */
export interface Note {
  userId: string;
  /** What it tells of, at most 255 characters, such as `message:<id>`: the user is told of it once, however often it is asked for. */
  key: string;
  kind: NotificationKind;
  /** Whose name, words or acts the texts have, if anybody's but the user's own: when that person leaves, the notification goes. */
  aboutUserId?: string;
  title: NoteText;
  body: NoteText;
  /** For the app: what to open. `type` is always the kind. */
  data: Record<string, string>;
  /** It wakes the device at once; after `until` it makes no sense and is not sent. */
  urgent?: { until: Date };
}

const LONGEST_TITLE = 255;
/** All of a push must fit into FCM's 4 KiB. */
const LONGEST_BODY = 500;

/** Tells people something on their devices, whoever asks for it. */
@Injectable()
export class PushService {
  constructor(
    private readonly db: Database,
    private readonly jobs: Jobs,
    private readonly i18n: I18n,
    private readonly users: UsersService,
    private readonly notifications: NotificationsRepository,
  ) {}

  /**
   * Calls for pushes, in the open transaction or in one of its own; workers send them. Texts are made here, in the language of each
   * user. Who is not an active user is left out, and so is what a user has been told already: it is safe to ask again. Whom to
   * tell (who is absent, who has muted) is the caller's to know.
   */
  async notify(notes: Note[]): Promise<void> {
    if (!notes.length) return;
    await this.db.tx(async () => {
      const users = await this.users.activeByIds([...new Set(notes.map(({ userId }) => userId))]);
      const written = notes.flatMap((note) => this.write(note, users.get(note.userId)));
      const ids = await this.notifications.insertNew(written);
      await this.jobs.enqueueAll(
        'push.deliver',
        ids.map((id) => ({ notification_id: id })),
      );
    });
  }

  /**
   * Takes back what users were told under a key, in the open transaction or in one of its own: what is not sent stays unsent, and
   * devices that have it are told to remove it. Safe to repeat, and where there is nothing to take back.
   */
  async withdraw(notes: Pick<Note, 'userId' | 'key'>[]): Promise<void> {
    if (!notes.length) return;
    await this.db.tx(async () => {
      const ids = await this.notifications.withdraw(notes);
      await this.jobs.enqueueAll(
        'push.take_back',
        ids.map((id) => ({ notification_id: id })),
      );
    });
  }

  private write(
    { userId, key, kind, aboutUserId, title, body, data, urgent }: Note,
    user: User | undefined,
  ): NewNotification[] {
    if (!user) return [];
    const language = this.i18n.known(user.language) ?? this.i18n.fallback;
    const text = (of: NoteText, longest: number) =>
      shorten(this.i18n.text(language, `push:${of.key}`, of.params), longest);
    return [
      {
        userId,
        aboutUserId: aboutUserId ?? null,
        dedupeKey: key,
        notificationType: kind,
        title: text(title, LONGEST_TITLE),
        body: text(body, LONGEST_BODY),
        data: { ...data, type: kind },
        urgentUntil: urgent?.until ?? null,
      },
    ];
  }
}

/** At most `longest` characters, the last of them "…" if some are missing. */
function shorten(text: string, longest: number): string {
  const characters = [...text];
  return characters.length <= longest ? text : `${characters.slice(0, longest - 1).join('')}…`;
}
