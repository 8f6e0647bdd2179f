import fc from 'fast-check';
import { queryOf, termsOf } from 'src/modules/chats/search-terms';

test('words are kept in small letters without accents, each at its place, after the chat', () => {
  expect(termsOf(7, 'Ｃafé, STRASSE! größe (naïve)')).toBe("'#7' 'cafe':1 'strasse':2 'große':3 'naive':4");
  expect(termsOf(7, '')).toBe("'#7'");
});

test('scripts without spaces are kept as pairs of neighbours, and the last character by itself', () => {
  expect(termsOf(7, '東京都へ')).toBe("'#7' '東京':1 '京都':2 '都へ':3 'へ':4");
  expect(termsOf(7, 'ﾄｳｷｮｳ 서울 Tokyo駅前')).toBe(
    "'#7' 'トウ':1 'ウキ':2 'キョ':3 'ョウ':4 'ウ':5 '서울':6 '울':7 'tokyo':8 '駅前':9 '前':10",
  );
});

test('a query asks for beginnings of words and for runs of characters in their order, within the chats', () => {
  expect(queryOf([7, 9], 'Foo "bar')).toBe("('#7' | '#9') & 'foo':* & 'bar':*");
  expect(queryOf([7], '東京都')).toBe("('#7') & ('東京' <-> '京都')");
  expect(queryOf([7], '京')).toBe("('#7') & '京':*");
});

test('nothing to look for is no query; of very many chats nothing is said', () => {
  for (const nothing of ['', '  ', '?!', '🙂', "'; --"]) expect(queryOf([7], nothing)).toBeUndefined();
  expect(queryOf(Array.from({ length: 1001 }, (_, index) => index), 'a')).toBe("'a':*"); // oxfmt-ignore
});

test('whatever the text, nothing of it can end a term: only letters, digits, marks and underscores are inside', () => {
  const shape = /^('#\d+')( '[\p{L}\p{N}\p{M}_]+':\d+)*$/u;
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => shape.test(termsOf(1, text))));
});

test('what is asked for with a part of a text’s own words is among its terms', () => {
  const word = fc.string({ unit: fc.constantFrom(...'abcäéßöxyzАБ'), minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(word, fc.integer({ min: 1, max: 8 }), (text, length) => {
      const asked = /'([^']+)':\*$/.exec(queryOf([1], [...text].slice(0, length).join(''))!)![1]!;
      expect(termsOf(1, text)).toContain(`'${asked}`);
    }),
  );
});
