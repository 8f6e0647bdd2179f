import { isDeeperThan } from 'src/core/http/json-body';

const deep = (levels: number, open = '[', close = ']') => open.repeat(levels) + close.repeat(levels);

test.each([
  [false, deep(3)],
  [true, deep(4)],
  [true, deep(4, '{"a":', '}')],
  [true, '[[[['],
  [false, '[[],[],[],[{}]]'],
  [false, JSON.stringify(deep(9))],
  [false, JSON.stringify(`"${deep(9)}`)],
  [true, `["\\\\",${deep(3)}]`],
  [false, '"'],
])('more than three levels: %s of %s', (is, json) => expect(isDeeperThan(3, json)).toBe(is));
