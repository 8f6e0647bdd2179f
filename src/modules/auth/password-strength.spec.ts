import { weakness } from 'src/modules/auth/password-strength';

const ANA = ['ana_kovac', 'ana.kovac@example.org', 'Ana Kovač'];
const codeOf = (password: string) => weakness(password, 'password', ANA)?.code;

test.each([
  ['password1', 'password_common'],
  ['P@ssw0rd123', 'password_similar_to_common'],
  ['qwertyuiop', 'password_common'],
  ['kkkkkkkkkkkk', 'password_repeats'],
  ['xyzxyzxyz', 'password_repeats'],
  ['abcdefghijk', 'password_sequence'],
  ['ana_kovac', 'password_personal'],
  ['Summer2024!', 'password_similar_to_common'],
])('%s is refused: %s', (password, code) => expect(codeOf(password)).toBe(code));

test.each(['correct horse battery', 'seven clouds over Bled', 'j7$Kp2!xVq9', '玄関の前に青い自転車がある'])(
  '%s is strong enough',
  (password) => expect(codeOf(password)).toBeUndefined(),
);

test('however long and odd, it is looked at quickly', () => {
  const started = performance.now();
  for (const odd of ['@4$'.repeat(40), '8(36!1|0'.repeat(16), 'a'.repeat(128), '\u0301'.repeat(128)]) codeOf(odd);
  expect(performance.now() - started).toBeLessThan(2000);
});
