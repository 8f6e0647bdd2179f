import bcrypt from 'bcrypt';
import { nobodysHash } from 'src/modules/auth/passwords';

test.each([4, 12])('what an unknown account is compared with is as much work as a hash: cost %s', (cost) => {
  const hash = nobodysHash(cost);
  expect(bcrypt.getRounds(hash)).toBe(cost);
  // bcrypt refuses what is no salt, and would then have nothing to compare
  expect(bcrypt.hashSync('any', hash.slice(0, 29))).toHaveLength(hash.length);
});
