import { utimes } from 'node:fs/promises';
import path from 'node:path';
import { Storage } from 'src/core/storage/storage';
import { buildPrivateChat } from 'test/factories/chats';
import { photograph } from 'test/factories/pictures';
import { buildUser, buildUsers, type TestUser } from 'test/factories/users';
import { say } from 'test/faults/kinds/chats';
import { count, figure, GONE, repeated, type Kind, type Kinds } from 'test/faults/kinds/kind';
import type { TestApp } from 'test/support/boot';
import { upload } from 'test/support/files';
import { api } from 'test/support/http';

export const textFile = async (app: TestApp, user: TestUser): Promise<number> =>
  (await upload(app, user, { bytes: `of ${user.username}` })).body.id;

export const files: Kinds = {
  'FilesWorkers.dropAvatar': async (app) => {
    const ana = await buildUser(app, 'ana');
    await upload(app, ana, { name: 'a.jpg', bytes: await photograph(1) }, { to: '/upload-avatar' });
    const file_id = await figure<number>(app, 'SELECT file_id FROM user_avatars WHERE user_id = $1', ana.id);
    const look = () => figure(app, 'SELECT avatar_url FROM users WHERE id = $1', ana.id);
    return { work: { file_id }, look, is: null };
  },
  'files.process': async (app) => {
    const { id } = (await upload(app, await buildUser(app, 'ana'), { name: 'a.jpg', bytes: await photograph(1) })).body;
    const look = async () => [
      await figure(app, 'SELECT status FROM files WHERE id = $1', id),
      await figure(
        app,
        'SELECT count(*) = count(DISTINCT (variant, format)) AND count(*) > 1 FROM file_renditions WHERE file_id = $1',
        id,
      ),
    ];
    return { work: { file_id: id }, look, is: ['ready', true] };
  },
  'files.hash': async (app) => {
    const id = await textFile(app, await buildUser(app, 'ana'));
    const hash = () => figure(app, 'SELECT sha256 FROM files WHERE id = $1', id);
    const was = await hash();
    await app.db.query('UPDATE files SET sha256 = NULL WHERE id = $1', [id]);
    return { work: { file_id: id }, look: hash, is: was };
  },
  'files.collect': async (app) => {
    const id = await textFile(app, await buildUser(app, 'ana'));
    return { work: { file_ids: [id] }, look: count(app, 'files WHERE id = $1', id), is: GONE };
  },
  'files.remove': async (app) => {
    const ana = await buildUser(app, 'ana');
    const id = await textFile(app, ana);
    await api(app, ana).delete(`/files/${id}`);
    return { work: { file_id: id }, look: count(app, 'files WHERE id = $1', id), is: GONE };
  },
  'files.disown': async (app) => {
    const [ana, ben] = await buildUsers(app, 'ana', 'ben');
    const file_id = await textFile(app, ana);
    await say(app, ana, await buildPrivateChat(app, ana, ben), { message_type: 'file', file_id });
    const key = () => figure<string>(app, 'SELECT storage_key FROM files WHERE id = $1', file_id);
    const was = await key();
    const look = async () => {
      const here = (where: string) => app.get(Storage).head(where).then(() => true, () => false); // oxfmt-ignore
      return [path.dirname(await key()), await here(await key()), await here(was)];
    };
    return { work: { file_ids: [file_id], stand_in_id: ben.id }, look, is: [`chat-files/${ben.id}`, true, false] };
  },
  'files.sweep_rows': async (app) => {
    const id = await textFile(app, await buildUser(app, 'ana'));
    const due = app.db.query('UPDATE files SET look_at = now(), deleted_at = now() WHERE id = $1', [id]);
    return repeated(app, due, 'files WHERE id = $1', id);
  },
  'files.sweep_objects': (app) => object(app, 'temp/left-behind.txt', {}),
  'media.remove_pictures': (app) => object(app, 'stickers/x.webp', { keys: ['stickers/x.webp'] }),
};

/** An object that has lain there for some days. */
async function object(app: TestApp, key: string, work: object): Promise<Kind> {
  const storage = app.get(Storage);
  await storage.put(key, Buffer.from('x'), { contentType: 'text/plain' });
  await utimes(path.join(app.settings.MUSTER_HOME!, 'files', key), 0, 0);
  return { work, look: () => storage.head(key).then(() => 'there', () => 'gone'), is: 'gone' }; // oxfmt-ignore
}
