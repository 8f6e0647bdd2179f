import fc from 'fast-check';
import { namesQuery, nameTerms } from 'src/modules/users/name-terms';

const termsOf = (displayName: string) =>
  [...nameTerms({ username: '___', displayName }).matchAll(/'([^']+)'/g)].map(([, term]) => term!);

/** As PostgreSQL has it; of one word. */
const finds = (asked: string, name: string) => {
  const { alike } = namesQuery(asked);
  return [...(alike ?? '').matchAll(/'([^']+)'(:\*)?/g)].some(([, term, isStart]) =>
    termsOf(name).some((one) => (isStart ? one.startsWith(term!) : one === term)),
  );
};

test('names are kept as words without accents, also as one, and with a letter left out', () => {
  expect(nameTerms({ username: 'ana_k2', displayName: null })).toBe("'ana' 'k2' 'anak2'");
  expect(termsOf('Žana 王')).toEqual(['zana', '王', 'zana王', '~zna', '~zaa', '~zan']);
});

test('what is asked for is the beginning of a word, or nearly a word', () => {
  expect(namesQuery('Zo')).toEqual({ username: 'zo', beginning: "('zo':*)", alike: "(('zo':*))" });
  expect(namesQuery('ZOË N')).toEqual({
    username: 'zoe n',
    beginning: "('zoe':* & 'n':*) | 'zoen':*",
    alike: "(('zoe':* | '~zoe') & ('n':*)) | ('zoen':* | '~zoen' | 'zen' | '~zen' | 'zon' | '~zon' | 'zoe' | '~zoe')",
  });
});

test.each(['', '  ', '%', '_', "'; --", '\\', '"', '(', '\u0301'])('%j asks for nobody', (asked) => {
  expect(namesQuery(asked)).toMatchObject({ beginning: null, alike: null });
});

test('whatever the text, nothing of it can end a term', () => {
  const text = fc.string({ unit: 'binary', maxLength: 200 });
  const term = String.raw`'~?[\p{L}\p{N}\p{M}\p{Extended_Pictographic}]+'`;
  fc.assert(
    fc.property(text, (name) => {
      expect(nameTerms({ username: 'x', displayName: name })).toMatch(new RegExp(`^${term}( ${term})*$`, 'u'));
      expect((namesQuery(name).alike ?? `'x'`).replace(/[()|&*: ]/g, '')).toMatch(new RegExp(`^(${term})+$`, 'u'));
    }),
  );
});

const word = (minLength: number, letters = 'abcdeäéöxyzАБ') =>
  fc.string({ unit: fc.constantFrom(...letters), minLength, maxLength: 12 });

test('by any beginning of a word, in any case', () => {
  fc.assert(
    fc.property(word(1, 'abßıİéΣς'), fc.nat(), (name, length) => {
      const asked = [...name].slice(0, 1 + (length % [...name].length)).join('');
      expect(finds(asked, `Xy ${name}`)).toBe(true);
      expect(finds(asked.toUpperCase(), `Xy ${name}`)).toBe(true);
    }),
  );
});

test('with one letter more, less, other, or at its neighbour’s place', () => {
  fc.assert(
    fc.property(word(5), fc.nat(), (name, at) => {
      const letters = [...name];
      const place = at % letters.length;
      const spelt = [
        letters.toSpliced(place, 1),
        letters.toSpliced(place, 0, 'q'),
        letters.with(place, 'q'),
        letters.toSpliced(place, 2, ...letters.slice(place, place + 2).reverse()),
      ];
      for (const asked of spelt) expect({ asked, found: finds(asked.join(''), name) }).toMatchObject({ found: true });
    }),
  );
  expect(finds('ana', 'Anna')).toBe(true);
  expect(finds('jhon', 'John')).toBe(true);
  for (const [asked, name] of [
    ['ora', 'Zora'],
    ['ann', 'Ina'],
    ['nova', 'Kovač'],
    ['k1200', 'K1201'],
  ] as const)
    expect(finds(asked, name)).toBe(false);
});

test('names in two words, and those who write them in one, find each other', () => {
  expect(finds('obrien', 'O’Brien')).toBe(true);
  expect(finds('anna maria', 'Annamaria')).toBe(true);
});
