import { I18n } from 'src/core/i18n/i18n';

const settings = {
  SUPPORTED_LANGUAGES: ['en', 'jp', 'id'],
  DEFAULT_LANGUAGE: 'ID',
  I18N_DIR: 'i18n',
  ENVIRONMENT: 'test' as const,
};
const i18n = new I18n(settings);
beforeAll(() => i18n.onModuleInit());

test('the languages of the settings may have the names of other systems', () => {
  expect([i18n.supported, i18n.fallback]).toEqual([['en', 'ja', 'id'], 'id']);
  expect([i18n.known('jp-JP'), i18n.known('ko'), i18n.known(null)]).toEqual(['ja', undefined, undefined]);
});

test('texts are filled, in the plural form of the language', () => {
  const unread = (language: string, count: number) => i18n.text(language, 'common:test.unread_messages', { count });
  expect([unread('en', 1), unread('en', 2)]).toEqual(['You have 1 unread message.', 'You have 2 unread messages.']);
  expect(unread('ja', 1)).toBe('未読メッセージが1件あります。');
});

test('values are written as their reader writes them', () => {
  const until = new Date('2026-03-01T23:30:00Z');
  const told = (language: string, timeZone: string) =>
    i18n.text({ language, timeZone }, 'email:deletion.body', { until, reader: 'nobody', language: 'xx' });
  expect(told('en', 'Asia/Tokyo')).toContain('on March 2, 2026 at 8:30 AM (Asia/Tokyo), with');
  expect(told('ja', 'UTC')).toContain('2026年3月1日 23:30 (UTC)');
  expect(i18n.text('id', 'errors:file.too_large', { limit: 10_485_760 })).toContain('10.485.760');
});

test('words of our own contracts that texts tell are told in the language too; what is none stays', () => {
  const told = (reason: string) => i18n.text('ja', 'errors:geofence.invalid_polygon', { reason });
  expect(told('borders_meet')).toContain('境界が交差しているか接しています');
  expect(told('$t(errors:internal) {{reason}}')).toContain('$t(errors:internal) {{reason}}');
});

test('a text that is not there is a fault of ours, told while we test', () => {
  expect(() => i18n.text('en', 'push:no.such.text')).toThrow('no text push:no.such.text');
});

test('what people wrote is never taken for a text of ours, nor for a setting', () => {
  const wicked = '{{sender}} {{- sender}} $t(errors:internal) {{constructor}} <b>&amp;';
  expect(i18n.text('en', 'push:message.body', { text: wicked, sender: 'eve' })).toBe(wicked);
  expect(i18n.text('en', 'push:message.group.title', { sender: wicked, group: '$t(push:test.title)' })).toBe(
    `${wicked} · $t(push:test.title)`,
  );
  expect(i18n.text('en', 'push:message.body', { text: 'hi', lng: 'ja', ns: 'errors', defaultValue: 'no' })).toBe('hi');
});
