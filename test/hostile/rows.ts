import { accounts } from 'test/hostile/rows/accounts';
import { admin } from 'test/hostile/rows/admin';
import { calls } from 'test/hostile/rows/calls';
import { chats } from 'test/hostile/rows/chats';
import { events } from 'test/hostile/rows/events';
import { files } from 'test/hostile/rows/files';
import { location } from 'test/hostile/rows/location';
import { people } from 'test/hostile/rows/people';
import { push } from 'test/hostile/rows/push';
import type { Table } from 'test/hostile/table';

export const ROUTES: Table = { ...people, ...accounts, ...push, ...admin, ...chats, ...files, ...location, ...calls };
export { events as EVENTS };

/** A route as the tables name it: below `/api/v1`, or with two slashes below the root. */
export const nameOfRoute = (method: string, path: string) => {
  const named = path.replace(/:(\w+)/g, '{$1}');
  return `${method.toUpperCase()} ${named.startsWith('/api/v1/') ? named.slice('/api/v1'.length) : `/${named}`}`;
};
