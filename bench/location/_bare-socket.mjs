import { createServer } from 'node:http';
import { Server } from 'socket.io';

// Stock Socket.IO that takes points and keeps none: what it costs to receive and to acknowledge.

const http = createServer();
const io = new Server(http, { transports: ['websocket'], serveClient: false });
io.on('connection', (socket) => socket.on('location_update', (_, acknowledge) => acknowledge({ ok: true })));
http.listen(0, '127.0.0.1', () => process.send({ type: 'ready', url: `http://127.0.0.1:${http.address().port}` }));
