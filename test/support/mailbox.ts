import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import path from 'node:path';
import type { TestApp } from 'test/support/boot';

const ENDLESS_EVERY_MS = 20;

/** The mails that a Muster without a mail server has laid into its folder, oldest first. */
export async function mailsOf(app: TestApp): Promise<string[]> {
  const folder = path.join(app.settings.MUSTER_HOME!, 'mail');
  const names = (await readdir(folder).catch(() => [])).sort();
  return Promise.all(names.map((name) => readFile(path.join(folder, name), 'utf8')));
}

/** The newest code that was sent to an address. */
export async function codeFor(app: TestApp, email: string): Promise<string | undefined> {
  const mails = (await mailsOf(app)).filter((mail) => mail.includes(`To: ${email}\n`));
  return /^\d{6}$/m.exec(mails.at(-1) ?? '')?.[0];
}

/** What goes wrong at a mail server. */
export type MailFault =
  /** It has no time: 451. */
  | 'later'
  /** It knows no such mailbox, and never will: 550. */
  | 'never'
  /** It takes connections and says nothing. */
  | 'silent'
  /** It says half of an answer, and no more. */
  | 'half'
  /** It goes on saying an answer, and never ends it. */
  | 'endless'
  /** It breaks off where the mail is on its way. */
  | 'breaks';

/** A mail server on a free port that keeps what it is given, and first turns `refusals` mails away for later. */
export async function startSmtp(refusals = 0): Promise<Smtp> {
  const smtp = new Smtp(refusals);
  await smtp.open();
  return smtp;
}

export class Smtp {
  readonly mails: { to: string; data: string }[] = [];
  fault: MailFault | undefined;
  /** How often somebody has come to hand over a mail. */
  calls = 0;
  /** Milliseconds before each of its answers. */
  delay = 0;
  private port = 0;
  private readonly sockets = new Set<Socket>();
  private readonly server = createServer((socket) => this.converse(socket));

  constructor(private refusals: number) {}

  get url(): string {
    return `smtp://127.0.0.1:${this.port}`;
  }

  /** At the same port as before. */
  async open() {
    this.server.listen(this.port, '127.0.0.1');
    await once(this.server, 'listening');
    this.port = (this.server.address() as AddressInfo).port;
  }

  /** Connections are refused, and those that there are break off. */
  async stop() {
    this.sockets.forEach((socket) => socket.destroy());
    this.server.close();
    await once(this.server, 'close');
  }

  private converse(socket: Socket) {
    let [to, data, pending] = ['', undefined as string | undefined, ''];
    const say = (line: string) => void setTimeout(() => this.say(socket, line), this.delay);
    this.calls++;
    this.sockets.add(socket);
    socket.on('close', () => this.sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    say('220 mailbox');
    socket.on('data', (bytes: Buffer) => {
      const lines = (pending + bytes.toString()).split('\r\n');
      pending = lines.pop()!;
      for (const line of lines) {
        if (data !== undefined && this.fault === 'breaks') socket.destroy();
        else if (data !== undefined && line !== '.') data += `${line}\n`;
        else if (data !== undefined) {
          this.mails.push({ to, data });
          data = undefined;
          say('250 kept');
        } else if (/^DATA/i.test(line)) {
          data = '';
          say('354 go on');
        } else if (/^MAIL/i.test(line)) say(this.isLater() ? '451 later' : '250 ok');
        else if (/^RCPT/i.test(line)) {
          to = /<(.*)>/.exec(line)![1]!;
          say(this.fault === 'never' ? '550 no such mailbox' : '250 ok');
        } else if (/^QUIT/i.test(line)) socket.end('221 bye\r\n');
        else say('250 ok');
      }
    });
  }

  private isLater = () => this.fault === 'later' || this.refusals-- > 0;

  private say(socket: Socket, line: string) {
    if (this.fault === 'silent' || socket.destroyed) return;
    if (this.fault === 'half') return void socket.write(line.slice(0, 2));
    if (this.fault !== 'endless') return void socket.write(`${line}\r\n`);
    socket.write(`${line.slice(0, 3)}-and\r\n`);
    setTimeout(() => this.say(socket, line), ENDLESS_EVERY_MS);
  }
}
