import { ROLES } from 'src/core/http/roles';
import { mayChange } from 'src/modules/admin/admin.policy';

test('admins change all, moderators keep users out, users nothing', () => {
  const matrix = (change: object) => ROLES.map((actor) => ROLES.map((target) => mayChange(actor, target, change)));
  const [none, all] = [[false, false, false], [true, true, true]]; // oxfmt-ignore
  expect(matrix({})).toEqual([none, [true, false, false], all]);
  expect(matrix({ role: 'admin' })).toEqual([none, none, all]);
});
