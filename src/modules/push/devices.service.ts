import { Injectable } from '@nestjs/common';
import { Database } from 'src/core/database/database';
import { id as rowId } from 'src/core/fields/fields';
import { placeOf, toPage, type Page, type PageQuery } from 'src/core/http/paging';
import { DevicesRepository, type DeviceChange, type NewDevice } from 'src/modules/push/devices.repository';
import type { DeviceToken } from 'src/modules/push/push.entities';
import { DeviceTokenNotFound } from 'src/modules/push/push.errors';

/** Every push goes to all devices of a user: their number must have a bound. */
const MOST_DEVICES = 50;

/** The devices that their users have registered for pushes. */
@Injectable()
export class DevicesService {
  constructor(
    private readonly db: Database,
    private readonly devices: DevicesRepository,
  ) {}

  /**
   * Registers a device, or says again that it is this user's. A token that another account had registered moves: the app on that
   * device is signed in here now. Of more than 50 devices the ones not heard of for longest are forgotten.
   */
  register(device: NewDevice): Promise<DeviceToken> {
    return this.db.tx(async () => {
      await this.devices.lockToken(device.token);
      const id = await this.keep(device);
      await this.devices.forgetBeyond(device.userId, MOST_DEVICES);
      return this.access(device.userId, id);
    });
  }

  /** Changes what is given; `lastUsed` is now. A new token is taken from whoever had it. Throws `push.device_token_not_found`. */
  update(userId: string, id: number, change: DeviceChange): Promise<DeviceToken> {
    return this.db.tx(async () => {
      if (change.token) await this.devices.lockToken(change.token);
      await this.access(userId, id);
      if (change.token) await this.devices.deleteOtherHolder(change.token, id);
      await this.devices.update(id, change);
      return this.access(userId, id);
    });
  }

  /** Throws `push.device_token_not_found`. */
  async remove(userId: string, id: number): Promise<void> {
    await this.access(userId, id);
    await this.devices.delete(id);
  }

  /** Whoever signed out there, or was signed out, gets no pushes there any more. */
  forgetOfSession = (sessionId: string): Promise<void> => this.devices.deleteOfSession(sessionId);

  /** Newest first. */
  async list(userId: string, { limit, cursor }: PageQuery): Promise<Page<DeviceToken>> {
    const rows = await this.devices.list(userId, placeOf(rowId(), cursor), limit + 1);
    return toPage(rows, limit, ({ id }) => id);
  }

  private async keep({ userId, ...device }: NewDevice): Promise<number> {
    const known = await this.devices.byToken(device.token);
    if (known?.userId === userId) {
      await this.devices.update(known.id, { ...device, isActive: true });
      return known.id;
    }
    if (known) await this.devices.delete(known.id);
    return this.devices.insert({ userId, ...device });
  }

  /** Other people's devices are as unknown as none. */
  private async access(userId: string, id: number): Promise<DeviceToken> {
    const device = await this.devices.ofUser(userId, id);
    if (!device) throw DeviceTokenNotFound({ id });
    return device;
  }
}
