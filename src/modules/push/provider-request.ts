import { request, type Agent } from 'node:https';

export interface ProviderAnswer {
  status: number;
  body: string;
  retryAfter: string | undefined;
}

const LONGEST_ANSWER = 65_536;

/** One POST, tried once. Rejects if the connection fails or no whole answer has come after `timeoutMs`. */
export function post(
  url: string,
  body: string,
  { agent, headers, timeoutMs }: { agent: Agent; headers: Record<string, string>; timeoutMs: number },
): Promise<ProviderAnswer> {
  return new Promise((resolve, reject) => {
    const asked = request(url, {
      method: 'POST',
      agent,
      headers: { ...headers, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
    });
    const timer = setTimeout(() => asked.destroy(new Error('no answer in time')), timeoutMs);
    asked.once('close', () => clearTimeout(timer));
    asked.once('error', reject);
    asked.once('response', (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        if ((text += chunk).length > LONGEST_ANSWER) asked.destroy(new Error('an answer of unreasonable length'));
      });
      response.once('error', reject);
      response.once('end', () =>
        resolve({ status: response.statusCode ?? 0, body: text, retryAfter: response.headers['retry-after'] }),
      );
    });
    asked.end(body);
  });
}

const LONGEST_PAUSE_MS = 3_600_000;

/** The milliseconds that a `Retry-After` asks for, as a number of seconds or a date; at most an hour; undefined if it says nothing. */
export function retryAfterMs(header: string | undefined, now = Date.now()): number | undefined {
  if (!header) return undefined;
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isFinite(ms) && ms > 0 ? Math.min(ms, LONGEST_PAUSE_MS) : undefined;
}
