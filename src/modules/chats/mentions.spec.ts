import { addressedIn } from 'src/modules/chats/mentions';

const names = (text: string) => addressedIn(text).usernames;

test('names are found wherever they stand by themselves, each once, in lower case', () => {
  expect(names('@ana, (@Ben) and @ana again: @cid_7.')).toEqual(['ana', 'ben', 'cid_7']);
  expect(names('你好@ana，これは@benです')).toEqual(['ana', 'ben']);
  expect(names('@ana@ben')).toEqual([]);
});

test('e-mail addresses and names of impossible length are none', () => {
  expect(names('write to ana@example.org or a.b@host, @ab, @@ana, @')).toEqual([]);
  expect(names(`@${'x'.repeat(51)}`)).toEqual([]);
});

test('@all is told, and a flood is cut', () => {
  expect(addressedIn('hey @All!').all).toBe(true);
  expect(addressedIn('@allison').all).toBe(false);
  expect(names(Array.from({ length: 99 }, (_, index) => `@user${index}`).join(' '))).toHaveLength(50);
});
