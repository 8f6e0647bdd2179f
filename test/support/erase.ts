import type { JobData } from 'src/contracts';
import { Storage } from 'src/core/storage/storage';
import { AccountWorkers } from 'src/modules/account/account.workers';
import { FilesWorkers } from 'src/modules/files/files.workers';
import type { TestUser } from 'test/factories/users';
import type { TestApp } from 'test/support/boot';
import { api } from 'test/support/http';

/** An account is erased, with all that follows a minute later. */
export async function erase(app: TestApp, user: TestUser) {
  const body = { password: user.password, immediately: true };
  expect((await api(app, user).delete('/profile', { body })).status).toBe(200);
  await app.get(AccountWorkers).beginErasures();
  await app.settle();
  type Later = { payload: JobData<'files.disown'> };
  const later = await app.db.query<Later>(`SELECT payload FROM outbox WHERE handler = 'files.disown'`);
  for (const { payload } of later) await app.get(FilesWorkers).disown(payload);
  await app.settle();
}

/** The keys of all that is in storage, when nothing is left to do. */
export async function storedKeys(app: TestApp): Promise<string[]> {
  await app.settle();
  const found: string[] = [];
  for await (const { key } of app.get(Storage).list('')) found.push(key);
  return found;
}
