import { Injectable } from '@nestjs/common';
import { Database } from 'src/core/database/database';
import { DeviceToken } from 'src/modules/push/push.entities';
import { LessThan, Not } from 'typeorm';

type About = Pick<DeviceToken, 'deviceId' | 'deviceName' | 'appVersion' | 'osVersion' | 'locale'>;
export type NewDevice = Pick<DeviceToken, 'userId' | 'sessionId' | 'token' | 'deviceType'> & Partial<About>;
export type DeviceChange = Partial<Pick<DeviceToken, 'sessionId' | 'token' | 'deviceType' | 'isActive'> & About>;

export interface RegisteredDevice {
  id: number;
  userId: string;
  sessionId: string | null;
}

@Injectable()
export class DevicesRepository {
  constructor(private readonly db: Database) {}

  /** Lets one transaction at a time settle whose a token is; its rows alone can't, for there may be none yet. */
  async lockToken(token: string): Promise<void> {
    await this.db.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [token]);
  }

  async insert(device: NewDevice): Promise<number> {
    const { identifiers } = await this.devices.insert(device);
    return (identifiers[0] as { id: number }).id;
  }

  /** Changes what is not undefined. */
  async update(id: number, change: DeviceChange): Promise<void> {
    await this.devices.update(id, { ...change, lastUsed: () => 'now()' });
  }

  byToken(token: string): Promise<DeviceToken | null> {
    return this.devices.findOneBy({ token });
  }

  ofUser(userId: string, id: number): Promise<DeviceToken | null> {
    return this.devices.findOneBy({ userId, id });
  }

  /** Newest first, those before the id. */
  list(userId: string, before: number | undefined, limit: number): Promise<DeviceToken[]> {
    const where = { userId, ...(before !== undefined && { id: LessThan(before) }) };
    return this.devices.find({ where, order: { id: 'DESC' }, take: limit });
  }

  activeOf(userIds: string[]): Promise<RegisteredDevice[]> {
    return this.db.query(
      'SELECT id, user_id AS "userId", session_id AS "sessionId" FROM device_tokens WHERE user_id = ANY($1) AND is_active',
      [userIds],
    );
  }

  /** Forgets devices that the provider knows no more, unless their token has changed meanwhile. */
  async drop(dead: { device_id: number; token: string }[]): Promise<void> {
    if (!dead.length) return;
    await this.db.query(
      `DELETE FROM device_tokens d USING unnest($1::bigint[], $2::text[]) AS dead (id, token)
       WHERE d.id = dead.id AND d.token = dead.token`,
      [dead.map(({ device_id }) => device_id), dead.map(({ token }) => token)],
    );
  }

  async delete(id: number): Promise<void> {
    await this.devices.delete(id);
  }

  async deleteOfSession(sessionId: string): Promise<void> {
    await this.devices.delete({ sessionId });
  }

  async deleteOtherHolder(token: string, id: number): Promise<void> {
    await this.devices.delete({ token, id: Not(id) });
  }

  /** Keeps the `most` that were used last. */
  async forgetBeyond(userId: string, most: number): Promise<void> {
    await this.db.query(
      `DELETE FROM device_tokens WHERE id IN (
         SELECT id FROM device_tokens WHERE user_id = $1 ORDER BY last_used DESC, id DESC OFFSET $2)`,
      [userId, most],
    );
  }

  private get devices() {
    return this.db.repo(DeviceToken);
  }
}
