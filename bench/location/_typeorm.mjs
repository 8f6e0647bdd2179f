import { DataSource, EntitySchema } from 'typeorm';

const float = { type: 'float8' };
const measured = {
  ...{ latitude: float, longitude: float, accuracy: float, altitude: float, speed: float, heading: float },
  recorded_at: { type: 'timestamptz' },
};
const Past = new EntitySchema({
  name: 'saved_points',
  columns: {
    id: { type: 'bigint', primary: true, generated: 'increment' },
    user_id: { type: 'uuid' },
    ...measured,
  },
  indices: [{ columns: ['user_id', 'recorded_at'] }],
});
const Live = new EntitySchema({
  name: 'saved_live',
  columns: { user_id: { type: 'uuid', primary: true }, ...measured },
});

/** Points as one stores them first, each saved by TypeORM, and as its user's present one: `{ save(userId, point), close() }`. */
export async function savedPoints(url, connections) {
  const entities = [Past, Live];
  const db = new DataSource({ type: 'postgres', url, entities, synchronize: true, extra: { max: connections } });
  await db.initialize();
  return {
    save: async (userId, point) => {
      await db.getRepository(Past).save({ user_id: userId, ...point });
      await db.getRepository(Live).save({ user_id: userId, ...point });
    },
    close: () => db.destroy(),
  };
}
