import { readdirSync } from 'node:fs';
import { runInContext } from 'src/core/context/context';
import { Notice } from 'src/modules/chats/message-types';
import { noticeText } from 'src/modules/chats/notices';

const people = ['Ana', 'Ben', 'Cid', 'Dan', 'Eve', 'Fay', 'Gil'];
const idOf = (name: string) => `0199c5a0-7d2e-7b61-9d3c-2f6f0c6f4a1${people.indexOf(name)}`;
const NAMES = Object.fromEntries(people.map((name) => [idOf(name), name]));
const languages = readdirSync('i18n');
const say = (language: string, notice: object, names = NAMES) =>
  runInContext({ traceId: 'test', tenantId: 'default', language }, () =>
    noticeText(Notice.parse({ actor_id: idOf('Ana'), ...notice }), names),
  );
const to = (...names: string[]) => ({ user_ids: names.map(idOf) });
const call = (status: string, duration = 0) => ({ event: 'call', call_id: 1, call_type: 'video', status, duration });

test.each([
  [{ event: 'members_added', ...to('Ben', 'Cid') }, 'Ana added Ben and Cid', 'AnaさんがBen、Cidさんを追加しました'],
  [{ event: 'member_joined' }, 'Ana joined by an invite link', 'Anaさんが招待リンクから参加しました'],
  [
    { event: 'role_changed', ...to('Ben'), role: 'admin' },
    'Ana made Ben an admin',
    'AnaさんがBenさんを管理者にしました',
  ],
  [call('missed'), 'Video call from Ana: not answered', 'Anaさんからのビデオ通話：応答なし'],
  [call('ended', 65), 'Video call from Ana: 1:05', 'Anaさんからのビデオ通話：1:05'],
  [call('ended', 3723), 'Video call from Ana: 1:02:03', 'Anaさんからのビデオ通話：1:02:03'],
])('%j', (notice, english, japanese) => {
  expect([say('en', notice), say('ja', notice)]).toEqual([english, japanese]);
});

test('of many people the last are counted', () => {
  const added = { event: 'members_added', ...to('Ben', 'Cid', 'Dan', 'Eve', 'Fay', 'Gil') };
  expect(say('en', added)).toBe('Ana added Ben, Cid, Dan, Eve, and 2 others');
});

test('what people call themselves and their groups is never taken for a place, and who is deleted has no name', () => {
  const named = { event: 'name_changed', name: '{{actor}} $& $1' };
  expect(say('en', named, { [idOf('Ana')]: '{{name}}' })).toBe('{{name}} named the group “{{actor}} $& $1”');
  const left = { event: 'member_left' };
  expect(say('en', left, { [idOf('Ana')]: 'deleted-0123456789ab' })).toBe('Deleted account left');
  expect(say('ko', left, {})).toBe('삭제된 계정님이 나갔습니다');
});

test.each(languages)('there are words for all that can happen, in %s', (language) => {
  const all = Notice.options.flatMap(({ shape }): object[] => {
    const event = shape.event.value;
    if ('status' in shape) return shape.status.options.map((status) => call(status));
    if ('role' in shape) return shape.role.options.map((role) => ({ event, role, ...to('Ben') }));
    return [{ event, name: 'Hikers', ...to('Ben') }];
  });
  const texts = all.map((notice) => say(language, notice));
  expect(new Set(texts).size).toBe(all.length);
  expect(texts.join()).not.toMatch(/{{|undefined/);
});
