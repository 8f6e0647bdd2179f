import { DeletionsService } from 'src/modules/chats/deletions.service';
import { buildGroup } from 'test/factories/chats';
import { buildUsers, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { api } from 'test/support/http';
import { connect } from 'test/support/socket';

let app: TestApp;
beforeAll(async () => {
  app = await boot();
});
afterAll(() => app.close());

/** Ana shares with a group of Ben's, and says so there. */
async function shared(draft?: object) {
  const [ana, ben, cid] = await buildUsers(app, 'ana', 'ben', 'cid');
  const chat = await buildGroup(app, ben, [ana, cid]);
  await api(app, ana).post('/location/update', { latitude: 45.7722, longitude: 14.3577 });
  const share: number = (await api(app, ana).post('/location/shares', draft ?? { chat_id: chat })).body.id;
  const sent = await api(app, ana).post(`/chats/${chat}/messages`, {
    message_type: 'location',
    metadata: { share_id: share },
  });
  expect(sent.status).toBe(201);
  return { ana, ben, cid, share, message: sent.body.id as number };
}
type Shared = Awaited<ReturnType<typeof shared>>;
const isLive = async (owner: TestUser, id: number): Promise<boolean> =>
  (await api(app, owner).get(`/location/shares/${id}`)).body.is_active;

const DELETE: Record<string, (given: Shared) => Promise<unknown>> = {
  'its sender': ({ ana, message }) => api(app, ana).delete(`/messages/${message}?for=all`),
  'the owner of the chat': ({ ben, message }) => api(app, ben).delete(`/messages/${message}?for=all`),
  'a moderator': ({ message }) => app.get(DeletionsService).byModerator(message),
};

test.each(Object.entries(DELETE))('the share of a message that is deleted for all by %s is over', async (_, remove) => {
  const given = await shared();
  const { ana, cid, share } = given;
  const [anas, cids] = await Promise.all([connect(app, ana), connect(app, cid)]);
  expect((await api(app, cid).get(`/location/current/${ana.id}`)).status).toBe(200);
  await remove(given);
  expect((await api(app, cid).get(`/location/current/${ana.id}`)).status).toBe(404);
  expect(await isLive(ana, share)).toBe(false);
  for (const socket of [anas, cids]) {
    expect(await socket.next('location_share_stopped')).toMatchObject({ share_id: share, reason: 'stopped' });
    socket.close();
  }
  await remove(given);
  await app.settle();
  expect(anas.all('location_share_stopped')).toHaveLength(1);
});

test('who deletes the message for himself ends nothing', async () => {
  const { ana, ben, share, message } = await shared();
  for (const user of [ana, ben]) expect((await api(app, user).delete(`/messages/${message}?for=me`)).status).toBe(204);
  expect(await isLive(ana, share)).toBe(true);
});

test('what is shared with all contacts ends with the message if its sender deletes it, and by nobody else', async () => {
  const given = await shared({ audience: 'contacts' });
  await DELETE['the owner of the chat']!(given);
  expect(await isLive(given.ana, given.share)).toBe(true);
  const again = await shared({ audience: 'contacts' });
  await DELETE['its sender']!(again);
  expect(await isLive(again.ana, again.share)).toBe(false);
});
