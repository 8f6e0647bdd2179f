import { actsIn, linesOf, MISSED, type News } from 'src/core/realtime/acts';
import { Packet } from 'src/core/realtime/packets';

const messageOf = (...acts: News[]) => Buffer.from(['teller', ...acts.flatMap(linesOf)].join('\n'));
const told = (acts: News[]) =>
  acts.map((act) => (act.act === 'send' ? { ...act, packet: act.packet.text, heard: true } : act));

test('what one node tells, another does', () => {
  const packet = '2["said",{"text":"漢字\\n — and more"}]';
  const acts: News[] = [
    { act: 'send', to: { rooms: ['one', 'ö'], except: ['two'] }, packet: new Packet(packet) },
    { act: 'join', to: { rooms: ['one'] }, room: 'two' },
    { act: 'send', to: { rooms: [], except: [] }, packet: new Packet('2[]'), newest: { name: 'said', of: '7' } },
    { act: 'close', to: { rooms: ['one'], except: [] } },
    MISSED,
  ];
  expect(told(actsIn(messageOf(...acts)))).toEqual(told(acts));
  expect(actsIn(messageOf())).toEqual([]);
});
