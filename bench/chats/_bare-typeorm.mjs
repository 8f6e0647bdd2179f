import { createServer } from 'node:http';
import { Server } from 'socket.io';
import { DataSource, EntitySchema } from 'typeorm';

// Durable chat as one writes it first: each message is saved with its chat's head in a transaction of TypeORM, acknowledged after the
// commit, and sent to the room by stock Socket.IO.

const Chat = new EntitySchema({
  name: 'plain_chats',
  columns: { room: { type: 'text', primary: true }, last_message_id: { type: 'bigint', nullable: true } },
});
const Message = new EntitySchema({
  name: 'plain_messages',
  columns: {
    id: { type: 'bigint', primary: true, generated: 'increment' },
    room: { type: 'text' },
    content: { type: 'text' },
    created_at: { type: 'timestamptz', createDate: true },
  },
  indices: [{ columns: ['room', 'id'] }],
});

const db = new DataSource({
  type: 'postgres',
  url: process.env.DATABASE_URL,
  entities: [Chat, Message],
  synchronize: true,
  extra: { max: 20 },
});
await db.initialize();

const http = createServer();
const io = new Server(http, { transports: ['websocket'], serveClient: false });
io.on('connection', async (socket) => {
  const rooms = String(socket.handshake.query.rooms ?? '').split(',');
  for (const room of rooms) void socket.join(room);
  socket.on('say', async ({ room, content }, acknowledge) => {
    const message = await db.transaction(async (manager) => {
      const saved = await manager.save(Message, { room, content });
      await manager.upsert(Chat, { room, last_message_id: saved.id }, ['room']);
      return saved;
    });
    acknowledge({ ok: true });
    io.to(room).emit('new_message', message);
  });
});
http.listen(0, '127.0.0.1', () => process.send({ type: 'ready', url: `http://127.0.0.1:${http.address().port}` }));
