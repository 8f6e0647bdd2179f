import type { ExecutionContext } from '@nestjs/common';
import { remembered } from 'src/core/http/remembered';

class Chats {}
class Calls {}
const at = (type: object, handler: object) =>
  ({ getClass: () => type, getHandler: () => handler }) as unknown as ExecutionContext;

test('what is said of a handler of a class is read once', () => {
  const [list, show] = [() => undefined, () => undefined];
  const read = jest.fn((execution: ExecutionContext) => execution.getClass() === Chats || undefined);
  const said = remembered(read);
  const routes = [at(Chats, list), at(Chats, show), at(Calls, list)];
  const expected = [true, true, undefined];
  expect(routes.map(said)).toEqual(expected);
  expect(routes.map(said)).toEqual(expected);
  expect(read).toHaveBeenCalledTimes(3);
});
