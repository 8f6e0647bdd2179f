import { Injectable } from '@nestjs/common';
import { Database } from 'src/core/database/database';
import type { CreatePrivatePlace, PrivatePlaceView } from 'src/modules/location/private-places.dto';

type Row = Omit<PrivatePlaceView, 'created_at'> & { created_at: Date };

const COLUMNS = 'id, name, latitude, longitude, radius AS radius_meters, created_at';

@Injectable()
export class PrivatePlacesRepository {
  constructor(private readonly db: Database) {}

  async insert(userId: string, draft: CreatePrivatePlace): Promise<PrivatePlaceView> {
    const [row] = await this.db.query<Row>(
      `INSERT INTO private_places (user_id, name, latitude, longitude, radius, key) VALUES ($1, $2, $3, $4, $5, gen_random_uuid())
       RETURNING ${COLUMNS}`,
      [userId, draft.name, draft.latitude, draft.longitude, draft.radius_meters],
    );
    return toView(row!);
  }

  async list(userId: string): Promise<PrivatePlaceView[]> {
    const sql = `SELECT ${COLUMNS} FROM private_places WHERE user_id = $1 ORDER BY id`;
    return (await this.db.query<Row>(sql, [userId])).map(toView);
  }

  /** False if the user has no such. */
  async remove(userId: string, id: number): Promise<boolean> {
    const sql = 'DELETE FROM private_places WHERE user_id = $1 AND id = $2 RETURNING id';
    return (await this.db.query(sql, [userId, id])).length > 0;
  }
}

const toView = (row: Row): PrivatePlaceView => ({ ...row, created_at: row.created_at.toISOString() });
