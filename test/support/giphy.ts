import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export const GIPHY_KEY = 'giphy-key-of-the-tests';
export const TENOR_KEY = 'tenor-key-of-the-tests';

export interface GifCall {
  path: string;
  query: Record<string, string>;
}
type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** So many GIFs fit whatever is looked for. */
const TOTAL = 60;

/**
 * Servers that speak as Giphy and as Tenor do, under `/v1` and `/v2` of a free port of this machine. `calls` is what they were asked;
 * `answer` replaces their next answers until it is undefined again. `stop` them at the end.
 */
export async function startGifServers() {
  const calls: GifCall[] = [];
  const state: { answer: Answer | undefined } = { answer: undefined };
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url!, 'http://localhost');
    const query = Object.fromEntries(searchParams);
    calls.push({ path: pathname, query });
    if (state.answer) return state.answer(request, response);
    const [status, body] = pathname.startsWith('/v1/') ? giphy(pathname, query) : tenor(pathname, query);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  return {
    calls,
    env: {
      GIPHY_API_URL: `http://127.0.0.1:${port}/v1/`,
      TENOR_API_URL: `http://127.0.0.1:${port}/v2`,
    },
    answer: (answer: Answer | undefined) => void (state.answer = answer),
    /** Answers with a status and a body from now on. */
    say: (status: number, body: string) => {
      state.answer = (_request, response) => void response.writeHead(status).end(body);
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

const page = (offset: number, limit: number) =>
  Array.from({ length: Math.max(0, Math.min(limit, TOTAL - offset)) }, (_, index) => offset + index);

/** As https://developers.giphy.com/docs/api/endpoint describes it: numbers of pictures are strings. */
function giphy(path: string, query: Record<string, string>): [number, unknown] {
  if (query.api_key !== GIPHY_KEY) return [401, { meta: { status: 401, msg: 'No API key found in request.' } }];
  if (!/^\/v1\/gifs\/(search|trending)$/.test(path)) return [404, { data: [], meta: { status: 404 } }];
  const offset = Number(query.offset ?? 0);
  const data = page(offset, Number(query.limit ?? 25)).map((number) => ({
    type: 'gif',
    id: `id${number}`,
    title: `${query.q ?? 'trending'} ${number} GIF`,
    rating: query.rating,
    images: {
      // one of them is as Giphy's odd ones are: without a size
      original: { url: media(number, 'giphy'), width: number === 3 ? '' : '480', height: '270', size: '1048576' },
      fixed_width: { url: media(number, '200w'), width: '200', height: '113' },
    },
  }));
  const pagination = { total_count: TOTAL, count: data.length, offset };
  return [200, { data, pagination, meta: { status: 200, msg: 'OK', response_id: 'x' } }];
}

/** As https://developers.google.com/tenor/guides/endpoints describes it. */
function tenor(path: string, query: Record<string, string>): [number, unknown] {
  if (query.key !== TENOR_KEY) return [403, { error: { code: 403, status: 'PERMISSION_DENIED' } }];
  if (!/^\/v2\/(search|featured)$/.test(path)) return [404, {}];
  const offset = Number(query.pos?.slice(3) ?? 0);
  const results = page(offset, Number(query.limit ?? 20)).map((number) => ({
    id: String(9000 + number),
    title: '',
    content_description: `${query.q ?? 'featured'} ${number}`,
    media_formats: {
      gif: { url: `https://media.tenor.com/${number}/a.gif`, dims: [498, 280], size: 900000 },
      tinygif: { url: `https://media.tenor.com/${number}/t.gif`, dims: [220, 124], size: 90000 },
    },
  }));
  const next = offset + results.length;
  return [200, { results, next: next < TOTAL ? `CAg${next}` : '' }];
}

const media = (number: number, form: string) => `https://media.giphy.com/media/id${number}/${form}.gif`;
