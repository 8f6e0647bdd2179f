import { Bus } from 'src/core/events/bus';
import { MessagesRepository } from 'src/modules/chats/messages.repository';
import { buildGroup } from 'test/factories/chats';
import { buildUsers } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { until } from 'test/support/until';

let app: TestApp;
beforeAll(async () => {
  app = await boot({ roles: ['api'] });
});
afterAll(() => app.close());

test('what a message said that is deleted for all is told to nobody, also if its chat could not be told of it live', async () => {
  const [ana, ben] = await buildUsers(app, 'ana', 'ben');
  const chat = await buildGroup(app, ana, [ben]);
  const send = async (content: string) => (await api(app, ana).post(`/chats/${chat}/messages`, { content })).body;
  const erase = ({ id }: { id: number }) => api(app, ana).delete(`/messages/${id}?for=all`);
  const [one, other] = [await send('one'), await send('other')];
  await app.db.settle();
  await app.get(Bus).settle();
  let go = () => undefined as void;
  const read = jest
    .spyOn(app.get(MessagesRepository), 'byIds')
    .mockImplementationOnce(() => new Promise((resolve) => (go = () => resolve([]))))
    .mockRejectedValueOnce(new Error('could not be read'));
  await erase(one);
  await until('it is being told', () => read.mock.calls.length === 1);
  // told together after that, in vain
  await erase(other);
  const message = await send('a secret');
  await app.db.settle();
  go();
  await app.get(Bus).settle();
  expect(read.mock.calls.length).toBeGreaterThan(1);
  read.mockRestore();
  await erase(message);
  const { body } = await api(app, ben).post('/sync', { chats: { [chat]: 0 } });
  const told = body.chats[0].events.filter(({ data }: any) => data.id === message.id);
  expect(told.map(({ type, data }: any) => [type, data.content])).toEqual([
    ['new_message', ''],
    ['message_deleted', ''],
  ]);
});
