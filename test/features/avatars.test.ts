import sharp from 'sharp';
import { Storage } from 'src/core/storage/storage';
import { buildGroup, buildPrivateChat } from 'test/factories/chats';
import { photograph } from 'test/factories/pictures';
import { buildUsers, type TestUser } from 'test/factories/users';
import { boot, type TestApp } from 'test/support/boot';
import { download, image, upload } from 'test/support/files';
import { api } from 'test/support/http';
import { connect } from 'test/support/socket';
import { verifySync } from 'test/support/verify-sync';

let app: TestApp;
beforeAll(async () => (app = await boot({ env: { MAX_AVATAR_SIZE: '200000' } })));
afterAll(() => app.close());

const show = (user: TestUser, bytes: Buffer, name = 'me.jpg', to = '/profile/avatar') =>
  upload(app, user, { name, bytes }, { to });
const keys = async (user: TestUser) => {
  const found: string[] = [];
  for await (const { key } of app.get(Storage).list(`avatars/${user.id}/`)) found.push(key);
  return found;
};

test('a picture becomes squares in three sizes, which whoever sees the profile can read', async () => {
  const [ana, ben] = await buildUsers(app, 'ana', 'ben');
  const { status, body } = await show(ana, image('Landscape_6.jpg'));
  expect(status).toBe(201);
  expect((await api(app, ana).get('/profile')).body.avatar_url).toBe(body.avatar_url);
  expect((await api(app, ben).get(`/users/${ana.id}/profile`)).body.avatar_url).toBe(body.avatar_url);
  for (const [url, side, format] of [
    [body.avatar_url, 512, 'webp'],
    [`${body.avatar_url}&format=jpeg`, 512, 'jpeg'],
    [body.thumbnail_url, 96, 'webp'],
    [`/files/${body.file_id}/thumbnail?size=medium`, 256, 'webp'],
  ] as const) {
    const picture = await download(app, ben, url as string);
    const about = await sharp(picture.bytes).metadata();
    expect([about.width, about.height, about.format, about.exif]).toEqual([side, side, format, undefined]);
  }
  expect((await download(app, undefined, body.avatar_url as string)).status).toBe(401);
  // nothing of it is kept but the squares
  expect(await keys(ana)).toHaveLength(6);
});

test('who may not see the profile may not see the picture', async () => {
  const [ana, eve] = await buildUsers(app, 'ana', 'eve');
  const { body } = await show(ana, await photograph(6));
  expect((await download(app, eve, body.avatar_url as string)).status).toBe(200);
  await api(app, ana).put('/profile/privacy', { find_me: 'nobody' });
  expect((await download(app, eve, body.avatar_url as string)).status).toBe(404);
  await api(app, ana).put('/profile/privacy', { find_me: 'everyone' });
  await api(app, ana).post(`/users/${eve.id}/block`);
  const hidden = await download(app, eve, body.avatar_url as string);
  expect([hidden.status, (await api(app, eve).get(`/users/${ana.id}/profile`)).status]).toEqual([404, 404]);
});

test('the one before goes, and so does the last', async () => {
  const [ana] = await buildUsers(app, 'ana');
  const anas = await connect(app, ana);
  const first = (await show(ana, await photograph(1), 'a.jpg', '/upload-avatar')).body;
  expect((await anas.next('user_updated')).avatar_url).toBe(first.avatar_url);
  const second = (await show(ana, await photograph(8))).body;
  await app.settle();
  expect(await keys(ana)).toHaveLength(6);
  expect((await download(app, ana, first.avatar_url as string)).status).toBe(404);
  expect((await download(app, ana, second.avatar_url as string)).status).toBe(200);
  for (let twice = 0; twice < 2; twice++) expect((await api(app, ana).delete('/profile/avatar')).status).toBe(204);
  await app.settle();
  expect((await api(app, ana).get('/profile')).body.avatar_url).toBeNull();
  expect(anas.all('user_updated')).toHaveLength(3); // of what was gone already nobody hears
  expect(await keys(ana)).toEqual([]);
  anas.close();
});

test('what is no picture, or too large, changes nothing', async () => {
  const [ana] = await buildUsers(app, 'ana');
  const { body } = await show(ana, await photograph(1));
  for (const [bytes, code] of [
    [Buffer.from('words'), 'file.type_not_allowed'],
    [Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), 'file.type_not_allowed'],
    [image('truncated.jpg'), 'avatar.unreadable'],
    [image('corrupt-header.jpg'), 'avatar.unreadable'],
    [image('2569067123_aca715a2ee_o.jpg'), 'file.too_large'],
    [Buffer.alloc(0), 'file.empty'],
  ] as const)
    expect((await show(ana, bytes)).body.code).toBe(code);
  expect((await api(app, ana).get('/profile')).body.avatar_url).toBe(body.avatar_url);
  expect(await keys(ana)).toHaveLength(6);
});

test('those who may edit a group give it a picture, which all in it are told of and they alone can read', async () => {
  const [ana, ben, eve] = await buildUsers(app, 'ana', 'ben', 'eve');
  const chat = await buildGroup(app, ana, [ben]);
  const avatar = `/chats/${chat}/avatar`;
  const seenBy = async (user: TestUser) => (await api(app, user).get(`/chats/${chat}`)).body.avatar_url;
  expect((await show(ben, await photograph(1), 'a.jpg', avatar)).body.code).toBe('auth.forbidden');
  expect((await show(eve, await photograph(1), 'a.jpg', avatar)).body.code).toBe('chat.not_found');
  expect((await show(ana, Buffer.from('no picture'), 'a.jpg', avatar)).status).toBe(415);
  const pair = await buildPrivateChat(app, ana, ben);
  expect((await show(ana, await photograph(1), 'a.jpg', `/chats/${pair}/avatar`)).body.code).toBe('chat.not_a_group');

  let first: any, second: any;
  await verifySync(app, ben, async () => {
    first = (await show(ana, await photograph(1), 'a.jpg', avatar)).body;
    await api(app, ana).put(`/chats/${chat}`, { settings: { who_may_edit: 'members' } });
    second = (await show(ben, await photograph(8), 'b.jpg', avatar)).body;
  });
  await app.settle();
  expect([await seenBy(ana), await seenBy(ben)]).toEqual([second.avatar_url, second.avatar_url]);
  const statuses = async (url: string) =>
    (await Promise.all([ana, ben, eve].map((user) => download(app, user, url)))).map(({ status }) => status);
  expect(await statuses(first.avatar_url)).toEqual([404, 404, 404]);
  expect(await statuses(second.avatar_url)).toEqual([200, 200, 404]);
  expect([(await keys(ana)).length, (await keys(ben)).length]).toEqual([0, 6]);

  await api(app, ana).delete(`/chats/${chat}/participants/${ben.id}`);
  expect(await statuses(second.thumbnail_url)).toEqual([200, 200, 404]); // it is his own file still
  for (const status of [204, 204]) expect((await api(app, ana).delete(avatar)).status).toBe(status);
  await app.settle();
  expect(await seenBy(ana)).toBeNull();
  expect(await keys(ben)).toEqual([]);
  const { messages } = (await api(app, ana).get(`/chats/${chat}/messages`)).body;
  expect(messages.map(({ metadata }: { metadata: { event: string } }) => metadata.event)).toEqual([
    ...['avatar_removed', 'member_removed', 'avatar_changed', 'avatar_changed'],
  ]);
});

test('nobody shows a picture whose owner took its file back: neither he nor the group that he has left', async () => {
  const [ana, ben] = await buildUsers(app, 'ana', 'ben');
  const chat = await buildGroup(app, ana, [ben]);
  const own = (await show(ana, await photograph(1))).body;
  const shown = (await show(ana, await photograph(8), 'g.jpg', `/chats/${chat}/avatar`)).body;
  await api(app, ana).post(`/chats/${chat}/leave`);
  const takeBack = async ({ file_id: id }: { file_id: number }) => {
    expect((await api(app, ana).delete(`/files/${id}`)).status).toBe(204);
    await app.settle();
  };
  await takeBack(own);
  const { state } = await verifySync(app, ben, () => takeBack(shown));
  expect(state.chats).toMatchObject([{ id: chat, avatar_url: null }]);
  expect((await api(app, ben).get(`/chats/${chat}`)).body.avatar_url).toBeNull();
  expect((await api(app, ana).get('/profile')).body.avatar_url).toBeNull();
});
