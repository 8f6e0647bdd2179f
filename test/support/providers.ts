import { generateKeyPairSync } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import net, { type AddressInfo } from 'node:net';
import tls from 'node:tls';
import type { FcmMessage } from 'src/modules/push/fcm.message';

export const PROJECT = 'muster-tests';
export const PUSH_SERVICE = 'push.browser.example';
const FCM = 'fcm.googleapis.com';
const GOOGLES_TOKENS = 'oauth2.googleapis.com';

/** How a device's push is answered instead of being taken: by a status, by silence, or by a connection that breaks. */
export type Answer =
  | { status: number; code?: string; body?: unknown; headers?: Record<string, string> }
  | 'silence'
  | 'torn'
  | 'taken, then torn';

interface WebPush {
  path: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/**
 * Servers that speak as FCM (HTTP v1), what gives out access tokens to it, and a browser's push service do. While they run, connections of this
 * process to those names end here instead, in the clear: nothing of Muster knows of it. `stop` them at the end.
 */
export async function startProviders() {
  const answers = new Map<string, Answer[]>();
  /** All that was asked for, taken or not. */
  const asked: { token: string; at: number }[] = [];
  /** What devices got, by their token. */
  const got = new Map<string, FcmMessage[]>();
  const web: WebPush[] = [];
  let accessTokens = 0;

  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      const { host } = request.headers;
      if (host === GOOGLES_TOKENS)
        return json(response, 200, {
          access_token: `access-${++accessTokens}`,
          expires_in: 3600,
          token_type: 'Bearer',
        });
      if (host === FCM) return fcm(request.url!, request.headers, body, response);
      const refused = answers.get(request.url!)?.shift();
      if (refused && refused !== 'taken, then torn') return refuse(refused, response);
      web.push({ path: request.url!, headers: request.headers, body });
      response.writeHead(201, { location: `https://${PUSH_SERVICE}/m/${web.length}` }).end();
    });
  });

  function fcm(url: string, headers: IncomingHttpHeaders, body: Buffer, response: ServerResponse) {
    if (url !== `/v1/projects/${PROJECT}/messages:send`) return json(response, 404, {});
    if (!/^Bearer access-\d+$/.test(headers.authorization ?? ''))
      return json(response, 401, { error: { code: 401, status: 'UNAUTHENTICATED' } });
    const { message } = JSON.parse(body.toString()) as { message: FcmMessage };
    const { token } = message;
    asked.push({ token, at: Date.now() });
    const refused = answers.get(token)?.shift();
    if (refused && refused !== 'taken, then torn') return refuse(refused, response);
    got.set(token, [...(got.get(token) ?? []), message]);
    if (refused) return void response.destroy();
    json(response, 200, { name: `projects/${PROJECT}/messages/${asked.length}` });
  }

  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  const connect = tls.connect;
  const elsewhere = (options: tls.ConnectionOptions, ...rest: [() => void]) =>
    [FCM, GOOGLES_TOKENS, PUSH_SERVICE].includes(options.host ?? '')
      ? net.connect(port, '127.0.0.1')
      : connect(options, ...rest);
  tls.connect = elsewhere as unknown as typeof tls.connect;

  return {
    asked,
    web,
    /** How many access tokens have been given out. */
    accessTokens: () => accessTokens,
    /** The next answers to pushes for a token, or for a path of the push service; after them all is taken. */
    answer: (name: string, ...next: Answer[]) => void answers.set(name, next),
    to: (token: string) => got.get(token) ?? [],
    triesOf: (token: string) => asked.filter((one) => one.token === token).length,
    env: { FCM_SERVICE_ACCOUNT: serviceAccount(), PUSH_TIMEOUT_MS: '4000' },
    async stop() {
      tls.connect = connect;
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

function refuse(answer: Exclude<Answer, 'taken, then torn'>, response: ServerResponse) {
  if (answer === 'silence') return;
  if (answer === 'torn') return void response.destroy();
  const { status, code, body, headers = {} } = answer;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  const type = 'type.googleapis.com/google.firebase.fcm.v1.FcmError';
  json(
    response,
    status,
    body ?? { error: { code: status, status: code, details: [{ '@type': type, errorCode: code }] } },
  );
}

const json = (response: ServerResponse, status: number, body: unknown) =>
  void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

function serviceAccount(): string {
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  return JSON.stringify({ project_id: PROJECT, client_email: `push@${PROJECT}.example`, private_key: privateKey });
}
