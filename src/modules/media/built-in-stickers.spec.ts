import { existsSync } from 'node:fs';
import { BUILT_IN_PACKS } from 'src/modules/media/built-in-stickers';

const stickers = BUILT_IN_PACKS.flatMap(([, pack]) => pack);

test('each has its drawing, once', () => {
  const codes = stickers.map(({ code }) => code);
  expect(codes.filter((code) => !existsSync(require.resolve(`@twemoji/svg/${code}.svg`)))).toEqual([]);
  expect(new Set(codes).size).toBe(codes.length);
  expect(codes.length).toBeGreaterThanOrEqual(60);
});

test('each is an emoji, and has words in all languages', () => {
  expect(stickers.filter(({ emoji }) => !/^\p{Emoji}$/u.test(emoji))).toEqual([]);
  const scripts = [/^[a-z]+$/, /^\p{Script=Hangul}+$/u, /^\p{Script=Han}+$|^ok$/u];
  expect(
    stickers.filter(({ keywords }) => !scripts.every((script) => keywords.some((word) => script.test(word)))),
  ).toEqual([]);
});
