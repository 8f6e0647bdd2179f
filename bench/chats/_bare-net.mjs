import { createServer } from 'node:net';

// The floor of a fan-out by Node: bare sockets, and a frame that is put together once and written to each member. It speaks of
// WebSocket and Socket.IO's protocol what the bench's client needs, whose frames are whole, short, and masked by zeros.

const UPGRADE = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n';
const OPEN = `0${JSON.stringify({ sid: 'x', upgrades: [], pingInterval: 25_000, pingTimeout: 20_000, maxPayload: 1_000_000 })}`;
const MASK_BYTES = 4;
const rooms = new Map();

const server = createServer({ noDelay: true }, (socket) => {
  let rest = Buffer.alloc(0);
  let upgraded = false;
  socket.on('error', () => socket.destroy());
  socket.on('data', (bytes) => {
    rest = rest.length ? Buffer.concat([rest, bytes]) : bytes;
    if (!upgraded) {
      const end = rest.indexOf('\r\n\r\n');
      if (end < 0) return;
      upgrade(socket, rest.toString('latin1', 0, end));
      [upgraded, rest] = [true, rest.subarray(end + 4)];
    }
    for (let frame; (frame = firstFrame(rest)); rest = rest.subarray(frame.to))
      hear(socket, rest.toString('utf8', frame.from, frame.to));
  });
});

function upgrade(socket, head) {
  const { searchParams } = new URL(/^GET (\S+)/.exec(head)[1], 'http://x');
  for (const name of (searchParams.get('rooms') ?? '').split(',')) {
    if (!rooms.has(name)) rooms.set(name, new Set());
    rooms.get(name).add(socket);
    socket.on('close', () => rooms.get(name).delete(socket));
  }
  socket.write(UPGRADE);
  socket.write(frameOf(OPEN));
}

function hear(socket, text) {
  if (text.startsWith('40')) return socket.write(frameOf('40{"sid":"x"}'));
  if (!text.startsWith('42')) return undefined;
  const begin = text.indexOf('[');
  const [, { room, content }] = JSON.parse(text.slice(begin));
  const frame = frameOf(`42${JSON.stringify(['new_message', { content, at: Date.now() }])}`);
  for (const member of rooms.get(room)) member.write(frame);
  return socket.write(frameOf(`43${text.slice(2, begin)}[{"ok":true}]`));
}

/** Where the content of the first frame lies; undefined if it is not whole yet. */
function firstFrame(bytes) {
  if (bytes.length < 2) return undefined;
  const isLong = (bytes[1] & 0x7f) === 126;
  const from = (isLong ? 4 : 2) + MASK_BYTES;
  if (bytes.length < from) return undefined;
  const to = from + (isLong ? bytes.readUInt16BE(2) : bytes[1] & 0x7f);
  return bytes.length < to ? undefined : { from, to };
}

function frameOf(text) {
  const length = Buffer.byteLength(text);
  const head = length > 125 ? [0x81, 126, length >> 8, length & 0xff] : [0x81, length];
  return Buffer.concat([Buffer.from(head), Buffer.from(text)]);
}

server.listen(0, '127.0.0.1', () => process.send({ type: 'ready', url: `http://127.0.0.1:${server.address().port}` }));
