import { Injectable } from '@nestjs/common';
import { Database } from 'src/core/database/database';
import { NotificationPreferences } from 'src/modules/push/preferences.entities';
import { DEFAULT_PREFERENCES, type Preferences } from 'src/modules/push/preferences.policy';
import { In } from 'typeorm';

@Injectable()
export class PreferencesRepository {
  constructor(private readonly db: Database) {}

  /** Of all of the users; of who never chose, the defaults. */
  async of(userIds: string[]): Promise<Map<string, Preferences>> {
    const rows = userIds.length ? await this.preferences.findBy({ userId: In(userIds) }) : [];
    const chosen = new Map(rows.map((row) => [row.userId, row]));
    return new Map(userIds.map((id) => [id, chosen.get(id) ?? DEFAULT_PREFERENCES]));
  }

  async lock(userId: string): Promise<void> {
    await this.db.query('SELECT id FROM users WHERE id = $1 FOR NO KEY UPDATE', [userId]);
  }

  async save(userId: string, preferences: Preferences): Promise<void> {
    await this.preferences.upsert({ ...preferences, userId }, ['userId']);
  }

  private get preferences() {
    return this.db.repo(NotificationPreferences);
  }
}
