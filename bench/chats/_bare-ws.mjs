import { WebSocketServer } from 'ws';

// The bare `ws` that does nothing but fan out, and speaks of Socket.IO's protocol what the bench's client needs: what a socket sends
// to a room goes to all in it.

const OPEN = `0${JSON.stringify({ sid: 'x', upgrades: [], pingInterval: 25_000, pingTimeout: 20_000, maxPayload: 1_000_000 })}`;
const rooms = new Map();

const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
server.on('connection', (socket, { url }) => {
  for (const name of (new URL(url, 'http://x').searchParams.get('rooms') ?? '').split(',')) {
    if (!rooms.has(name)) rooms.set(name, new Set());
    rooms.get(name).add(socket);
    socket.on('close', () => rooms.get(name).delete(socket));
  }
  socket.on('message', (data) => {
    const text = data.toString();
    if (text.startsWith('40')) return socket.send('40{"sid":"x"}');
    if (!text.startsWith('42')) return undefined;
    const begin = text.indexOf('[');
    const [, { room, content }] = JSON.parse(text.slice(begin));
    const packet = `42${JSON.stringify(['new_message', { content, at: Date.now() }])}`;
    for (const member of rooms.get(room)) member.send(packet);
    return socket.send(`43${text.slice(2, begin)}[{"ok":true}]`);
  });
  socket.send(OPEN);
});
server.on('listening', () => process.send({ type: 'ready', url: `http://127.0.0.1:${server.address().port}` }));
