import { copyIn } from '../lib/copy.mjs';
import { COLUMNS } from './_bare.mjs';

// A bare `COPY` into the table of `_bare.mjs`, as PostgreSQL takes it soonest: in its binary format, put together here.

const [FIELDS, EPOCH_MS] = [10, Date.UTC(2000, 0, 1)];
const HEADER = Buffer.concat([Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'), Buffer.alloc(8)]);
const END = Buffer.from([0xff, 0xff]);
const ROW_BYTES = 2 + FIELDS * 4 + 8 + 16 + 1 + COLUMNS.length * 8 + 8;
let lastId = 0;

/** Copies points of one user. */
export const copyMany = (client, userId, points) =>
  copyIn(client, `COPY bare (id, user_id, is_permanent, ${COLUMNS}, recorded_at) FROM STDIN (FORMAT binary)`, [
    binaryOf(Buffer.from(userId.replaceAll('-', ''), 'hex'), points),
  ]);

function binaryOf(userId, points) {
  const bytes = Buffer.allocUnsafe(HEADER.length + points.length * ROW_BYTES + END.length);
  let at = HEADER.copy(bytes);
  for (const point of points) {
    at = bytes.writeInt16BE(FIELDS, at);
    at = bytes.writeBigInt64BE(BigInt(++lastId), bytes.writeInt32BE(8, at));
    at = bytes.writeInt32BE(16, at);
    at += userId.copy(bytes, at);
    at = bytes.writeInt8(1, bytes.writeInt32BE(1, at));
    for (const name of COLUMNS) at = bytes.writeDoubleBE(point[name], bytes.writeInt32BE(8, at));
    const micros = (Date.parse(point.recorded_at) - EPOCH_MS) * 1000;
    at = bytes.writeBigInt64BE(BigInt(micros), bytes.writeInt32BE(8, at));
  }
  END.copy(bytes, at);
  return bytes;
}
