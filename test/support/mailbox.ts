import { readdir, readFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import path from 'node:path';
import type { TestApp } from 'test/support/boot';

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

/** A mail server on a free port that keeps what it is given, and first turns `refusals` mails away for later. */
export async function startSmtp(refusals = 0) {
  const mails: { to: string; data: string }[] = [];
  const server = createServer((socket) => converse(socket, mails, () => refusals-- > 0));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { mails, url: `smtp://127.0.0.1:${port}`, stop: () => new Promise((resolve) => server.close(resolve)) };
}

function converse(socket: Socket, mails: { to: string; data: string }[], refuses: () => boolean) {
  let [to, data, pending] = ['', undefined as string | undefined, ''];
  const say = (line: string) => socket.write(`${line}\r\n`);
  say('220 mailbox');
  socket.on('error', () => socket.destroy());
  socket.on('data', (bytes: Buffer) => {
    const lines = (pending + bytes.toString()).split('\r\n');
    pending = lines.pop()!;
    for (const line of lines) {
      if (data !== undefined && line !== '.') data += `${line}\n`;
      else if (data !== undefined) {
        mails.push({ to, data });
        data = undefined;
        say('250 kept');
      } else if (/^DATA/i.test(line)) {
        data = '';
        say('354 go on');
      } else if (/^MAIL/i.test(line)) say(refuses() ? '451 later' : '250 ok');
      else if (/^RCPT/i.test(line)) {
        to = /<(.*)>/.exec(line)![1]!;
        say('250 ok');
      } else if (/^QUIT/i.test(line)) socket.end('221 bye\r\n');
      else say('250 ok');
    }
  });
}
