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
const stranger = { blocked: false, acquainted: false, contact: false };
/** In a group with the owner, or in a private chat that only he has begun. */
const acquaintance = { ...stranger, acquainted: true };
const contact = { ...acquaintance, contact: true };
const rules = { maySeePresence, mayMessage, mayAddToGroup };

test.each(Object.entries(rules))('%s: all, contacts, or none; to share a chat is not enough', (_, may) => {
  const matrix = (['everyone', 'contacts', 'nobody'] as const).map((audience) =>
    [stranger, acquaintance, contact].map((relation) => may(owner(audience), relation)),
  );
  expect(matrix).toEqual([
    [true, true, true],
    [false, false, true],
    [false, false, false],
  ]);
});

test('a profile is open to those who share a chat, whoever may find its owner', () => {
  for (const audience of ['everyone', 'contacts', 'nobody'] as const) {
    for (const known of [acquaintance, contact]) expect(maySeeProfile(owner(audience), known)).toBe(true);
    expect(maySeeProfile(owner(audience), stranger)).toBe(audience === 'everyone');
  }
});

test('a block ends everything', () => {
  for (const may of [...Object.values(rules), maySeeProfile])
    expect(may(owner('everyone'), { ...contact, blocked: true })).toBe(false);
});
