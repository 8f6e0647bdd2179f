import fc from 'fast-check';
import { aliasesOf } from 'src/config/language-names';
import { negotiateLanguage, supportedLanguage } from 'src/core/i18n/languages';

const SUPPORTED = ['en', 'id', 'ja', 'ko', 'zh'];
const accept = (header: string) => negotiateLanguage(SUPPORTED, { 'accept-language': header });

test.each([
  ['id', 'id'],
  ['JA', 'ja'],
  [' ko ', 'ko'],
  ['jp', 'ja'],
  ['cn', 'zh'],
  ['zh-TW', 'zh'],
  ['zh-Hans-CN', 'zh'],
  ['en-GB', 'en'],
  ['jp-JP', 'ja'],
  ['in', 'id'],
  ['in-ID', 'id'],
  ['ja_JP', 'ja'],
  ['zh_Hant_TW', 'zh'],
  ['xx', undefined],
  ['', undefined],
  ['*', undefined],
  ['../../etc', undefined],
  ['__proto__', undefined],
  ['constructor', undefined],
])('the name %j means %j', (name, language) => expect(supportedLanguage(SUPPORTED, name)).toBe(language));

test('an alias counts only where its language is offered', () => {
  expect(supportedLanguage(['en'], 'jp')).toBeUndefined();
  expect(negotiateLanguage(['en'], { 'accept-language': 'jp' })).toBeUndefined();
  expect([aliasesOf('ja'), aliasesOf('id'), aliasesOf('en')]).toEqual([['jp'], ['in'], []]);
});

test.each([
  ['id', 'id'],
  ['en;q=0.5,id;q=0.9', 'id'],
  ['en,id;q=0.9,jp;q=0.8', 'en'],
  ['fr,jp;q=0.8,en;q=0.7', 'ja'],
  ['fr-CH, fr;q=0.9, zh-TW;q=0.8, *;q=0.5', 'zh'],
  ['cn', 'zh'],
  ['ko-KR', 'ko'],
  ['in-ID,in;q=0.9,en;q=0.8', 'id'],
  ['ja_JP', 'ja'],
  ['en;q=0,ja;q=0.1', 'ja'],
  ['fr', undefined],
  ['*', undefined],
  ['*;q=0.5', undefined],
  ['fr, *;q=0.5', undefined],
  ['', undefined],
  [';;;,,,q=;', undefined],
  ['en;q=0', undefined],
])('Accept-Language %j asks for %j', (header, language) => expect(accept(header)).toBe(language));

test('a header of an unreasonable length is not read', () => {
  expect(accept(`en${' '.repeat(2000)}`)).toBeUndefined();
});

test('X-Language wins over Accept-Language, unless it is none of ours; of a repeated header the first counts', () => {
  const headers = { 'x-language': 'jp', 'accept-language': 'id' };
  expect(negotiateLanguage(SUPPORTED, headers)).toBe('ja');
  expect(negotiateLanguage(SUPPORTED, { ...headers, 'x-language': 'xx' })).toBe('id');
  expect(negotiateLanguage(SUPPORTED, { 'x-language': ['ko', 'id'] })).toBe('ko');
  expect(negotiateLanguage(SUPPORTED, {})).toBeUndefined();
});

test('whatever comes, the answer is a supported language or none', () => {
  const header = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.stringMatching(/^([a-z*-]{0,8}(;q=[0-9.]{0,5})?,?){0,8}$/),
    fc.constantFrom('__proto__', 'toString', 'en'.repeat(600)),
  );
  fc.assert(
    fc.property(header, header, (forced, accepted) => {
      const language = negotiateLanguage(SUPPORTED, { 'x-language': forced, 'accept-language': accepted });
      expect([...SUPPORTED, undefined]).toContain(language);
    }),
  );
});
