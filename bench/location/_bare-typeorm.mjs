import { createServer } from 'node:http';
import { Redis } from 'ioredis';
import { Server } from 'socket.io';
import { DataSource, EntitySchema } from 'typeorm';

// Live location as one writes it first: each point is saved by TypeORM, and as the user's present one, then noted in a geo index of
// Redis, and acknowledged.

const coordinates = { latitude: { type: 'float8' }, longitude: { type: 'float8' } };
const Past = new EntitySchema({
  name: 'plain_points',
  columns: {
    id: { type: 'bigint', primary: true, generated: 'increment' },
    user_id: { type: 'text' },
    ...coordinates,
    recorded_at: { type: 'timestamptz' },
  },
  indices: [{ columns: ['user_id', 'recorded_at'] }],
});
const Live = new EntitySchema({
  name: 'plain_live',
  columns: { user_id: { type: 'text', primary: true }, ...coordinates, recorded_at: { type: 'timestamptz' } },
});

const db = new DataSource({
  type: 'postgres',
  url: process.env.DATABASE_URL,
  entities: [Past, Live],
  synchronize: true,
  extra: { max: 20 },
});
await db.initialize();
const redis = new Redis(process.env.REDIS_URL);

const http = createServer();
const io = new Server(http, { transports: ['websocket'], serveClient: false });
io.on('connection', (socket) =>
  socket.on('location_update', async ({ latitude, longitude, recorded_at }, acknowledge) => {
    const point = { user_id: socket.id, latitude, longitude, recorded_at };
    await db.getRepository(Past).insert({ ...point });
    await db.getRepository(Live).upsert(point, ['user_id']);
    await redis.geoadd('plain', longitude, latitude, socket.id);
    acknowledge({ ok: true });
  }),
);
http.listen(0, '127.0.0.1', () => process.send({ type: 'ready', url: `http://127.0.0.1:${http.address().port}` }));
