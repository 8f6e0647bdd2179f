import { Packet, Sequence } from 'src/core/realtime/packets';

test('sockets that are sent the same share its bytes', () => {
  const [one, two] = [new Packet('2["a"]'), new Packet('2["b"]')];
  const nothing = Sequence.empty();
  expect(nothing.and(one).and(two).frames).toBe(nothing.and(one).and(two).frames);
  expect(nothing.and(one).and(two).frames).toEqual(Buffer.concat([one.frame, two.frame]));
  expect(nothing.and(two).and(one).frames).toEqual(Buffer.concat([two.frame, one.frame]));
});
