import { randomBytes } from 'node:crypto';
import type { Note } from 'src/modules/push/push.service';
import type { TestUser } from 'test/factories/users';

/** Something to be told to a user by push. */
export const buildNote = ({ id }: Pick<TestUser, 'id'>, about: Partial<Note> = {}): Note => ({
  userId: id,
  key: `test:${randomBytes(4).toString('hex')}`,
  kind: 'system',
  title: { key: 'test.title' },
  body: { key: 'test.body' },
  data: {},
  ...about,
});
