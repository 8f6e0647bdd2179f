import { randomBytes } from 'node:crypto';

export const PASSWORD = 'correct horse battery';

/** One request to the API of a Muster, and the body of its answer; throws what is not a 2xx. */
export async function call({ url }, method, path, { token, body, headers: others } = {}) {
  const headers = {
    ...others,
    ...(body && { 'content-type': 'application/json' }),
    ...(token && { authorization: `Bearer ${token}` }),
  };
  const reply = await fetch(`${url}/api/v1${path}`, { method, headers, body: body && JSON.stringify(body) });
  const text = await reply.text();
  if (!reply.ok) throw new Error(`${method} ${path}: ${reply.status} ${text}`);
  return text ? JSON.parse(text) : undefined;
}

/** Registers so many people, ten at a time: `{ id, email, username, token, refreshToken }` of each. Their passwords are `PASSWORD`. */
export async function signUp(muster, count) {
  const people = [];
  for (let from = 0; from < count; from += 10) {
    const some = Array.from({ length: Math.min(10, count - from) }, () => register(muster));
    people.push(...(await Promise.all(some)));
  }
  return people;
}

async function register(muster) {
  const username = `p_${randomBytes(8).toString('hex')}`;
  const email = `${username}@example.org`;
  const body = { username, email, password: PASSWORD, display_name: 'Somebody' };
  const reply = await call(muster, 'POST', '/register', { body });
  return { id: reply.user.id, email, username, token: reply.access_token, refreshToken: reply.refresh_token };
}
