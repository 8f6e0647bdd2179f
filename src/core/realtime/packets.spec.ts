import { Packet, Sequence } from 'src/core/realtime/packets';

test('sockets that are sent the same share its bytes', () => {
  const [one, two] = [new Packet('2["a"]'), new Packet('2["b"]')];
  const nothing = Sequence.empty();
  expect(nothing.and(one).and(two).frames).toBe(nothing.and(one).and(two).frames);
  expect(nothing.and(one).and(two).frames).toEqual(Buffer.concat([one.frame, two.frame]));
  expect(nothing.and(two).and(one)).toBe(nothing.and(two).and(one));
  expect(nothing.and(one).and(two)).toBe(nothing.and(one).and(two)); // also after others
  expect(nothing.and(two).and(one).frames).toEqual(Buffer.concat([two.frame, one.frame]));
});

test.each(['2["a"]', `2["${'漢字'.repeat(40)}"]`, `2["${'z'.repeat(70_000)}"]`])(
  'a packet is the same by its text and by its bytes',
  (text) => {
    const [one, other] = [new Packet(text), new Packet(Buffer.from(text))];
    expect(other.frame).toEqual(one.frame);
    expect(other.text).toBe(text);
  },
);
