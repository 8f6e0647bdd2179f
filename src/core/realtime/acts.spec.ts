import { actsIn, linesOf, type Act } from 'src/core/realtime/acts';
import { Packet } from 'src/core/realtime/packets';

const messageOf = (...acts: Act[]) => Buffer.from(['teller', ...acts.flatMap(linesOf)].join('\n'));
const told = (acts: Act[]) =>
  acts.map((act) => (act.act === 'send' ? { ...act, packet: act.packet.text, heard: true } : act));

test('what one node tells, another does', () => {
  const packet = '2["said",{"text":"漢字\\n — and more"}]';
  const acts: Act[] = [
    { act: 'send', to: { rooms: ['one', 'ö'], except: ['two'] }, packet: new Packet(packet) },
    { act: 'join', to: { rooms: ['one'] }, room: 'two' },
    { act: 'send', to: { rooms: [], except: [] }, packet: new Packet('2[]'), newest: { name: 'said', of: '7' } },
    { act: 'close', to: { rooms: ['one'], except: [] } },
  ];
  expect(told(actsIn(messageOf(...acts)))).toEqual(told(acts));
  expect(actsIn(messageOf())).toEqual([]);
});
