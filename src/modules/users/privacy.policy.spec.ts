import {
  mayAddToGroup,
  mayMessage,
  maySeePresence,
  maySeeProfile,
  type Privacy,
} from 'src/modules/users/privacy.policy';
import type { Audience } from 'src/modules/users/users.entities';

const owner = (audience: Audience): Privacy => ({
  findableBy: audience,
  lastSeenFor: audience,
  messagesFrom: audience,
  readReceipts: true,
  groupsFrom: audience,
});
const stranger = { blocked: false, acquainted: false };
const contact = { blocked: false, acquainted: true };
const rules = { maySeePresence, mayMessage, mayAddToGroup };

test.each(Object.entries(rules))('%s: all, those who share a chat, or none', (_, may) => {
  const matrix = (['everyone', 'contacts', 'nobody'] as const).map((audience) =>
    [stranger, contact].map((relation) => may(owner(audience), relation)),
  );
  expect(matrix).toEqual([
    [true, true],
    [false, true],
    [false, false],
  ]);
});

test('a profile is open to those who share a chat, whoever may find its owner', () => {
  for (const audience of ['everyone', 'contacts', 'nobody'] as const) {
    expect(maySeeProfile(owner(audience), contact)).toBe(true);
    expect(maySeeProfile(owner(audience), stranger)).toBe(audience === 'everyone');
  }
});

test('a block ends everything', () => {
  for (const may of [...Object.values(rules), maySeeProfile])
    expect(may(owner('everyone'), { blocked: true, acquainted: true })).toBe(false);
});
