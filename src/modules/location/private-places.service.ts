import { Injectable } from '@nestjs/common';
import type { Principal } from 'src/core/context/context';
import { Database } from 'src/core/database/database';
import { Bus } from 'src/core/events/bus';
import { Streams } from 'src/core/streams/streams';
import { PrivatePlaceNotFound, TooManyPrivatePlaces } from 'src/modules/location/location.errors';
import type { CreatePrivatePlace, PrivatePlaceView } from 'src/modules/location/private-places.dto';
import { PrivatePlacesRepository } from 'src/modules/location/private-places.repository';

/** Every position that goes out is compared with all of them. */
const MOST_PLACES = 20;

/** Circles in which their owner is not to be seen. */
@Injectable()
export class PrivatePlacesService {
  constructor(
    private readonly db: Database,
    private readonly bus: Bus,
    private readonly places: PrivatePlacesRepository,
    private readonly streams: Streams,
  ) {}

  list = ({ userId }: Principal): Promise<PrivatePlaceView[]> => this.places.list(userId);

  /** Hides the caller there from now on, at once. Throws `location.too_many_private_places`. */
  async create({ userId }: Principal, draft: CreatePrivatePlace): Promise<PrivatePlaceView> {
    return this.db.tx(async () => {
      const place = await this.places.insert(userId, draft);
      if ((await this.places.list(userId)).length > MOST_PLACES) throw TooManyPrivatePlaces({ limit: MOST_PLACES });
      await this.changed(userId);
      return place;
    });
  }

  /** Throws `location.private_place_not_found`. */
  async remove({ userId }: Principal, id: number): Promise<void> {
    await this.db.tx(async () => {
      if (!(await this.places.remove(userId, id))) throw PrivatePlaceNotFound({ place_id: id });
      await this.changed(userId);
    });
  }

  /** Within the open transaction. */
  private async changed(userId: string) {
    await this.bus.publish('location.shown_anew', { user_id: userId });
    await this.streams.append(userId, 'account_changed', { part: 'location' });
  }
}
