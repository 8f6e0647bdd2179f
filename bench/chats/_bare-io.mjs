import { createServer } from 'node:http';
import { createAdapter } from '@socket.io/redis-adapter';
import { Redis } from 'ioredis';
import { Server } from 'socket.io';

// Stock Socket.IO that does nothing but fan out: what a socket sends to a room goes to all in it; with NODES=true on all nodes.

const http = createServer();
const adapter = process.env.NODES && createAdapter(new Redis(process.env.REDIS_URL), new Redis(process.env.REDIS_URL));
const io = new Server(http, { transports: ['websocket'], serveClient: false, ...(adapter && { adapter }) });
io.on('connection', (socket) => {
  for (const room of String(socket.handshake.query.rooms ?? '').split(',')) void socket.join(room);
  socket.on('say', ({ room, content }, acknowledge) => {
    io.to(room).emit('new_message', { content, at: Date.now() });
    acknowledge({ ok: true });
  });
});
http.listen(0, '127.0.0.1', () => process.send({ type: 'ready', url: `http://127.0.0.1:${http.address().port}` }));
