import type { ParticipantRole, Permission } from 'src/modules/chats/chats.entities';
import {
  heirOf,
  mayAdd,
  mayEdit,
  mayGovern,
  mayPost,
  mayRemove,
  slowModeWait,
  type Rules,
} from 'src/modules/chats/chats.policy';

const ROLES: ParticipantRole[] = ['member', 'admin', 'owner'];
const rules = (permission: Permission, chatType: Rules['chatType'] = 'group', slowModeSeconds = 0): Rules => ({
  chatType,
  whoMayPost: permission,
  whoMayAdd: permission,
  whoMayEdit: permission,
  slowModeSeconds,
});

test.each([
  ['post', mayPost],
  ['add', mayAdd],
  ['edit', mayEdit],
])('who may %s is for the group to say; its admins and owner always may', (_, may) => {
  expect(ROLES.map((role) => may(rules('members'), role))).toEqual([true, true, true]);
  expect(ROLES.map((role) => may(rules('admins'), role))).toEqual([false, true, true]);
});

test('admins and the owner govern a group', () => {
  expect(ROLES.map((role) => mayGovern(rules('members'), role))).toEqual([false, true, true]);
});

test.each(['private', 'saved'] as const)('in a %s chat all write, and nobody adds, edits or governs', (chatType) => {
  const matrix = [mayPost, mayAdd, mayEdit, mayGovern].map((may) => may(rules('members', chatType), 'member'));
  expect(matrix).toEqual([true, false, false, false]);
  expect(mayPost(rules('admins', chatType), 'member')).toBe(true);
});

test('one is put out only by those above him', () => {
  expect(ROLES.map((actor) => ROLES.map((target) => mayRemove(actor, target)))).toEqual([
    [false, false, false],
    [true, false, false],
    [true, true, false],
  ]);
});

test('slow mode makes members wait, to the second, and nobody else', () => {
  const lastSentAt = new Date('2026-01-31T09:30:00.000Z');
  const after = (ms: number) => new Date(lastSentAt.getTime() + ms);
  const wait = (role: ParticipantRole, ms: number, seconds = 30) =>
    slowModeWait(rules('members', 'group', seconds), { role, lastSentAt }, after(ms));
  expect([0, 1, 29_001, 29_999, 30_000, 90_000].map((ms) => wait('member', ms))).toEqual([30, 30, 1, 1, 0, 0]);
  expect([wait('admin', 0), wait('owner', 0), wait('member', 0, 0)]).toEqual([0, 0, 0]);
  expect(slowModeWait(rules('members', 'group', 30), { role: 'member', lastSentAt: null }, after(0))).toBe(0);
});

test('a group falls to its first admin, else to its first member, of those whose accounts are open', () => {
  const heir = (userId: string, role: ParticipantRole, isActive = true) => ({ userId, role, isActive });
  expect(heirOf([])).toBeUndefined();
  expect(heirOf([heir('ben', 'member'), heir('cid', 'member')])).toBe('ben');
  expect(heirOf([heir('ben', 'member'), heir('cid', 'admin')])).toBe('cid');
  expect(heirOf([heir('ben', 'admin', false), heir('cid', 'member', false), heir('dan', 'member')])).toBe('dan');
  expect(heirOf([heir('ben', 'member', false), heir('cid', 'admin', false)])).toBe('cid');
});
