import { RequestSecrets } from 'src/core/http/idempotency.secrets';

const one = new RequestSecrets('secret', 'ana', 'key');
const others = [
  new RequestSecrets('secret', 'ana', 'another key'),
  new RequestSecrets('secret', 'ben', 'key'),
  new RequestSecrets('another secret', 'ana', 'key'),
];

test('who has the key reads the answer; others neither that nor whether requests are the same', () => {
  const sealed = one.seal('{"token":"once"}');
  expect(new RequestSecrets('secret', 'ana', 'key').open(sealed)).toBe('{"token":"once"}');
  expect(sealed.toString('latin1')).not.toContain('once');
  for (const other of others) {
    expect(() => other.open(sealed)).toThrow();
    expect(other.name).not.toBe(one.name);
    expect(other.signatureOf('request')).not.toBe(one.signatureOf('request'));
  }
  expect(one.seal('x')).not.toEqual(one.seal('x'));
});
