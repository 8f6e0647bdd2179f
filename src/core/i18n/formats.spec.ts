import fc from 'fast-check';
import { format, type FormatName, type Reader } from 'src/core/i18n/formats';

const reader = (locale: string, timeZone?: string): Reader => ({ language: locale.slice(0, 2), locale, timeZone });
const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ');

test.each([
  ['en', 0, '0 m'],
  ['en', 999.4, '999 m'],
  ['en', 1234.5, '1.2 km'],
  ['id', 1234.5, '1,2 km'],
  ['en', 345_678, '346 km'],
  ['en-US', 100, '328 ft'],
  ['en-US', 1609.344, '1 mi'],
  ['en-US', 161, '0.1 mi'],
  ['en-GB', 100, '109 yd'],
  ['en-GB', 8046.72, '5 mi'],
  ['ja-JP', 1500, '1.5 km'],
  ['zh-TW', 1500, '1.5 公里'],
])('in %s, %d metres are %s', (locale, metres, text) =>
  expect(plain(format(reader(locale), 'distance', metres))).toBe(text),
);

test('an instant is told in the time zone of its reader, with its name', () => {
  const at = '2026-03-29T00:59:00.000Z';
  expect(plain(format(reader('en', 'Europe/Zagreb'), 'moment', at))).toBe('March 29, 2026 at 1:59 AM (Europe/Zagreb)');
  expect(plain(format(reader('en-GB'), 'moment', new Date(at)))).toBe('29 March 2026 at 00:59 (UTC)');
  expect(format(reader('ja', 'Asia/Tokyo'), 'date', at)).toBe('2026年3月29日');
  expect(format(reader('id', 'Asia/Makassar'), 'time', at)).toBe('08.59');
  // one minute later the clocks there go forward by an hour
  expect(format(reader('en-GB', 'Europe/Zagreb'), 'time', new Date(Date.parse(at) + 60_000))).toBe('03:00');
});

test('numbers are grouped as the language does', () => {
  expect(['en', 'id', 'ko'].map((language) => format({ language }, 'number', 10_485_760.5))).toEqual([
    '10,485,760.5',
    '10.485.760,5',
    '10,485,760.5',
  ]);
});

test('whatever is given as locale or value, there is a text', () => {
  const names: FormatName[] = ['number', 'distance', 'date', 'time', 'moment'];
  const value = fc.oneof(fc.double(), fc.string(), fc.date({ noInvalidDate: false }));
  fc.assert(
    fc.property(fc.constantFrom(...names), fc.string(), value, (name, locale, given) => {
      expect(typeof format({ language: 'en', locale: `en${locale}` }, name, given)).toBe('string');
    }),
  );
});
