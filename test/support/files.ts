import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { TestApp } from 'test/support/boot';
import type { Reply } from 'test/support/http';

/** A picture of test/data/images. */
export const image = (name: string): Buffer => readFileSync(path.join('test/data/images', name));

interface Sent {
  name?: string;
  bytes: Buffer | string;
}

/** Uploads as a form does: the fields first, then the files. */
export async function upload(
  app: TestApp,
  user: { token: string } | undefined,
  files: Sent | Sent[],
  {
    to = '/files/upload',
    fields = {},
    headers = {},
  }: { to?: string; fields?: Record<string, string>; headers?: Record<string, string> } = {},
): Promise<Reply> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  for (const { name = 'a.txt', bytes } of [files].flat())
    form.append('file', new Blob([typeof bytes === 'string' ? bytes : new Uint8Array(bytes)]), name);
  const response = await fetch(`${app.url}/api/v1${to}`, {
    method: 'POST',
    headers: { ...(user && { authorization: `Bearer ${user.token}` }), ...headers },
    body: form,
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

/** Reads bytes as a client would; redirects are not followed. */
export async function download(
  app: TestApp,
  user: { token: string } | undefined,
  path: string,
  { method = 'GET', headers = {} }: { method?: string; headers?: Record<string, string> } = {},
) {
  const response = await fetch(path.startsWith('/api') ? `${app.url}${path}` : `${app.url}/api/v1${path}`, {
    method,
    redirect: 'manual',
    headers: { ...(user && { authorization: `Bearer ${user.token}` }), ...headers },
  });
  return { status: response.status, headers: response.headers, bytes: Buffer.from(await response.arrayBuffer()) };
}
