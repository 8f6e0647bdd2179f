import { Injectable } from '@nestjs/common';
import { Database } from 'src/core/database/database';
import { Streams } from 'src/core/streams/streams';
import { changed, type ChangeNotificationPreferences } from 'src/modules/push/preferences.dto';
import type { Preferences } from 'src/modules/push/preferences.policy';
import { PreferencesRepository } from 'src/modules/push/preferences.repository';

/** What users want to be told, where and when. */
@Injectable()
export class PreferencesService {
  constructor(
    private readonly db: Database,
    private readonly preferences: PreferencesRepository,
    private readonly streams: Streams,
  ) {}

  async get(userId: string): Promise<Preferences> {
    return (await this.preferences.of([userId])).get(userId)!;
  }

  /** Changes what is given; two changes at once both count. */
  change(userId: string, change: ChangeNotificationPreferences): Promise<Preferences> {
    return this.db.tx(async () => {
      await this.preferences.lock(userId);
      await this.preferences.save(userId, changed(await this.get(userId), change));
      await this.streams.append(userId, 'account_changed', { part: 'notifications' });
      return this.get(userId);
    });
  }
}
