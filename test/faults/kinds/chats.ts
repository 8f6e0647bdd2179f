import { PushService } from 'src/modules/push/push.service';
import { buildGroup, buildPrivateChat } from 'test/factories/chats';
import { buildNote } from 'test/factories/notes';
import { buildUser, buildUsers, type TestUser } from 'test/factories/users';
import { textFile } from 'test/faults/kinds/files';
import { count, GONE, ONCE, pushesOf, repeated, type Kind, type Kinds } from 'test/faults/kinds/kind';
import type { TestApp } from 'test/support/boot';
import { api } from 'test/support/http';

/** The id of the message. */
export const say = async (
  app: TestApp,
  user: TestUser,
  chat: number,
  body: object = { content: 'Hello' },
): Promise<number> => (await api(app, user).post(`/chats/${chat}/messages`, body)).body.id;

export const chats: Kinds = {
  'MessagePushes.notifyAbsent': async (app) => {
    const [ana, ben] = await buildUsers(app, 'ana', 'ben');
    const chat_id = await buildPrivateChat(app, ana, ben);
    const message_id = await say(app, ana, chat_id);
    return { work: { message_id, chat_id }, look: pushesOf(app, `message:${message_id}`), is: ONCE };
  },
  'MessagePushes.takeBackDeleted': async (app) => {
    const [ana, ben] = await buildUsers(app, 'ana', 'ben');
    const chat_id = await buildPrivateChat(app, ana, ben);
    const message_id = await say(app, ana, chat_id);
    await app.get(PushService).notify([buildNote(ben, { key: `message:${message_id}` })]);
    const look = count(app, 'push_notifications WHERE user_id = $1 AND withdrawn_at IS NOT NULL', ben.id);
    return { work: { message_id, chat_id }, look, is: ONCE };
  },
  'MessageFilesWorkers.takenBack': (app) => fileNews(app, 'deleted'),
  'MessageFilesWorkers.processed': (app) => fileNews(app, 'processed'),
  'ReunionsWorkers.reunited': async (app) => {
    const [ana, ben] = await buildUsers(app, 'ana', 'ben');
    const chat = await buildPrivateChat(app, ana, ben);
    // to say again how far both have got, as it is then, is no harm
    const told = `(SELECT DISTINCT type FROM chat_changes WHERE chat_id = $1 AND user_id = $2) AS told`;
    return { work: { user_id: ana.id, other_id: ben.id }, look: count(app, told, chat, ben.id), is: ONCE };
  },
  'ChatsWorkers.purge': async (app) => {
    const ana = await buildUser(app, 'ana');
    const chat_id = await buildGroup(app, ana, []);
    await say(app, ana, chat_id);
    await api(app, ana).post(`/chats/${chat_id}/leave`);
    return { work: { chat_id }, look: count(app, 'chats WHERE id = $1', chat_id), is: GONE };
  },
  'moderation.let_files_go': async (app) => {
    const [ana, ben] = await buildUsers(app, 'ana', 'ben');
    const file_id = await textFile(app, ana);
    const message = await say(app, ana, await buildPrivateChat(app, ana, ben), { message_type: 'file', file_id });
    await api(app, ben).post(`/messages/${message}/report`, { reason: 'spam' });
    const sql = `UPDATE reports SET resolved_at = now() - interval '31 days' WHERE file_id = $1`;
    return repeated(app, app.db.query(sql, [file_id]), 'reports WHERE file_id = $1', file_id);
  },
  'chats.trim_changes': async (app) => {
    const [ana, ben] = await buildUsers(app, 'ana', 'ben');
    const chat = await buildGroup(app, ana, [ben]);
    await api(app, ana).put(`/chats/${chat}`, { name: 'Cavers' });
    const sql = `UPDATE chat_changes SET created_at = now() - interval '400 days' WHERE chat_id = $1`;
    return repeated(app, app.db.query(sql, [chat]), 'chat_changes WHERE chat_id = $1', chat);
  },
};

async function fileNews(app: TestApp, file: 'deleted' | 'processed'): Promise<Kind> {
  const [ana, ben] = await buildUsers(app, 'ana', 'ben');
  const chat = await buildPrivateChat(app, ana, ben);
  const file_id = await textFile(app, ana);
  await say(app, ana, chat, { message_type: 'file', file_id });
  const look = count(app, `chat_changes WHERE chat_id = $1 AND data ->> 'file' = $2`, chat, file);
  return { work: { file_id }, look, is: ONCE };
}
