/**
 * A Socket.IO packet, given as text or, by another node, as its bytes: as text for who needs that, and once as the bytes of a
 * WebSocket frame for all to whom it goes.
 */
export class Packet {
  private bytes?: Buffer;

  constructor(private content: string | Buffer) {}

  get text(): string {
    return (this.content = this.content.toString());
  }

  get frame(): Buffer {
    return (this.bytes ??= frameOf(this.content));
  }
}

/** An event without acknowledgement or binary data, in the default namespace. */
export const eventOf = (name: string, body: object): string => `2${JSON.stringify([name, body])}`;

/**
 * Packets in the order in which they are sent. Sequences that grow by the same packets are the same object: so what many sockets are
 * sent is put together once.
 */
export class Sequence {
  static readonly empty = (): Sequence => new Sequence([]);
  /** What it was made longer to last, nearly always by the same packet; and what it was made before that, by the packet. */
  private latest?: Sequence;
  private longer?: Map<Packet, Sequence>;
  private joined?: Buffer;

  private constructor(
    readonly packets: readonly Packet[],
    /** Of its frames, together. */
    readonly bytes = 0,
  ) {}

  and(packet: Packet): Sequence {
    const { latest } = this;
    if (latest?.packets.at(-1) === packet) return latest;
    if (latest) (this.longer ??= new Map()).set(latest.packets.at(-1)!, latest);
    return (this.latest = this.longer?.get(packet) ?? this.followedBy(packet));
  }

  get frames(): Buffer {
    const { packets } = this;
    return (this.joined ??=
      packets.length === 1 ? packets[0]!.frame : Buffer.concat(packets.map(({ frame }) => frame)));
  }

  private followedBy(packet: Packet): Sequence {
    return new Sequence([...this.packets, packet], this.bytes + packet.frame.length);
  }
}

const MESSAGE = 0x34; // the digit 4
const WHOLE_TEXT = 0x81;

/** A message of Engine.IO in one unmasked text frame (RFC 6455, section 5.2). */
function frameOf(content: string | Buffer): Buffer {
  const length = 1 + Buffer.byteLength(content);
  const [header, code] = length < 126 ? [2, length] : length < 65_536 ? [4, 126] : [10, 127];
  const frame = Buffer.allocUnsafe(header + length);
  frame[0] = WHOLE_TEXT;
  frame[1] = code;
  if (code === 126) frame.writeUInt16BE(length, 2);
  if (code === 127) frame.writeBigUInt64BE(BigInt(length), 2);
  frame[header] = MESSAGE;
  if (typeof content === 'string') frame.write(content, header + 1);
  else content.copy(frame, header + 1);
  return frame;
}
