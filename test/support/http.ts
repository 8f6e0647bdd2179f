import type { TestApp } from 'test/support/boot';

export interface Reply<Body = any> {
  status: number;
  headers: Headers;
  body: Body;
}

/** Where a path leads on a server: below `/api/v1`, or, of one that begins with `//`, below the root. */
export const addressOf = (url: string, path: string) =>
  `${url}${path.startsWith('//') ? path.slice(1) : `/api/v1${path}`}`;

type Options = { headers?: Record<string, string> };

/** Calls the API as a client would, over HTTP. */
export class ApiClient {
  constructor(
    private readonly url: string,
    private readonly token?: string,
  ) {}

  get = (path: string, options?: Options) => this.send('GET', path, undefined, options);
  post = (path: string, body?: unknown, options?: Options) => this.send('POST', path, body, options);
  put = (path: string, body?: unknown, options?: Options) => this.send('PUT', path, body, options);
  patch = (path: string, body?: unknown, options?: Options) => this.send('PATCH', path, body, options);
  delete = (path: string, { body, ...options }: Options & { body?: unknown } = {}) =>
    this.send('DELETE', path, body, options);

  private async send(method: string, path: string, body: unknown, { headers = {} }: Options = {}): Promise<Reply> {
    const response = await fetch(addressOf(this.url, path), {
      method,
      headers: {
        ...(this.token && { authorization: `Bearer ${this.token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      body: body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json');
    return { status: response.status, headers: response.headers, body: isJson && text ? JSON.parse(text) : text };
  }
}

/** The API without a token, or as a user. Paths are those of `addressOf`. */
export const api = (app: Pick<TestApp, 'url'>, user?: { token: string }) => new ApiClient(app.url, user?.token);
