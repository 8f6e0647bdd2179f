import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { fixOf, GpxReader, NotGpx, type GpxPoint } from 'src/modules/location/gpx';

/** All points of a text that comes in pieces of so many bytes. */
function read(text: string | Buffer, piece = 7): GpxPoint[] {
  const reader = new GpxReader();
  const bytes = Buffer.from(text);
  const points: GpxPoint[] = [];
  for (let start = 0; start < bytes.length; start += piece)
    points.push(...reader.take(bytes.subarray(start, start + piece)));
  return [...points, ...reader.end()];
}
const gpx = (content: string) => `<?xml version="1.0"?><gpx version="1.1"><trk><trkseg>${content}</trkseg></trk></gpx>`;

test('points with and without height and time; names, extensions and waypoints are no trouble', () => {
  const points = read(
    gpx(`<trkpt lat="45.5" lon="-14.25"><ele>560.5</ele><time>2026-01-31T09:30:00Z</time>
      <extensions><x:hr xmlns:x="y">90</x:hr><m:accuracy xmlns:m="urn:muster:track">12.5</m:accuracy></extensions></trkpt>
      <trkpt lon="0" lat="0"><extensions><accuracy>-1</accuracy></extensions></trkpt>
      <trkpt lon="1" lat="2"><name>Zürich &amp; &#x1F600;</name></trkpt>`),
  );
  expect(points).toEqual([
    { latitude: 45.5, longitude: -14.25, altitude: 560.5, accuracy: 12.5, time: '2026-01-31T09:30:00Z' },
    { latitude: 0, longitude: 0, altitude: null, accuracy: null, time: null },
    { latitude: 2, longitude: 1, altitude: null, accuracy: null, time: null },
  ]);
});

test('a recorded track is the same in pieces of any size', () => {
  const file = readFileSync('test/data/tracks/walk-cerknica.gpx');
  const whole = read(file, file.length);
  expect(whole.length).toBe([...file.toString().matchAll(/<trkpt\b/g)].length);
  fc.assert(
    fc.property(fc.integer({ min: 11, max: 5000 }), (piece) => expect(read(file, piece)).toEqual(whole)),
    { numRuns: 20 },
  );
});

test.each<[string, string | Buffer]>([
  ['nothing', ''],
  ['no XML', 'hello'],
  ['another XML', '<kml></kml>'],
  ['an end that is missing', gpx('').slice(0, -4)],
  ['an entity bomb', `<!DOCTYPE gpx [<!ENTITY a "aaaa">]>${gpx('<trkpt lat="1" lon="1"><time>&a;</time></trkpt>')}`],
  ['an unknown entity', gpx('<trkpt lat="1" lon="1"><time>&b;</time></trkpt>')],
  ['no UTF-8', Buffer.from([0x3c, 0x67, 0xff, 0xfe, 0x3e])],
])('%s is no GPX', (_, text) => {
  expect(() => read(text)).toThrow(NotGpx);
});

test('numbers that are none are not a number, and a very long time is cut', () => {
  const [point] = read(gpx(`<trkpt lat="north" lon=""><ele>x</ele><time>${'9'.repeat(100_000)}</time></trkpt>`), 1000);
  expect(point).toMatchObject({ latitude: NaN, longitude: NaN, altitude: null });
  expect(point!.time!.length).toBeLessThan(200);
});

test.each<[string, string, string]>([
  ['text', '<name>', 'x'],
  ['an attribute', '<trkpt lat="', '1'],
  ['attributes', '<trkpt', ' a="1"'],
  ['a name', '<', 'x'],
  ['a comment', '<!--', 'x'],
  ['a section', '<name><![CDATA[', 'x'],
  ['an instruction', '<?x ', 'x'],
  ['tags that stay open', '', '<a>'],
])('%s without an end is not waited for', (_, begin, more) => {
  const reader = new GpxReader();
  reader.take(Buffer.from(`<gpx>${begin}`));
  const piece = Buffer.from(more.repeat(60_000 / more.length));
  let taken = 0;
  const takeAll = () => {
    for (; taken < 10_000_000; taken += piece.length) reader.take(piece);
  };
  expect(takeAll).toThrow(NotGpx);
  expect(taken).toBeLessThan(1_100_000);
});

test.each<[string, string | undefined]>([
  ['2026-01-31T09:30:00Z', '2026-01-31T09:30:00.000Z'],
  ['2026-01-31T09:30:00.123456+05:30', '2026-01-31T04:00:00.123Z'],
  ['2026-07-31T09:30:00', '2026-07-31T09:30:00.000Z'],
  ['2024-02-29T24:00:00', '2024-03-01T00:00:00.000Z'],
  ['2026-02-29T09:30:00Z', undefined],
  ['2026-01-31T25:30:00Z', undefined],
  ['2026-01-31', undefined],
  ['2026-01-31 09:30:00', undefined],
  ['31 Jan 2026 09:30:00 GMT', undefined],
  ['1', undefined],
  ['', undefined],
])('the time %j is %j', (time, moment) => {
  const [point] = read(gpx(`<trkpt lat="45.5" lon="14"><time> ${time} </time></trkpt>`));
  expect(fixOf(point!)?.recordedAt.toISOString()).toBe(moment);
});

test('a file takes as much memory as a piece of it, however long it is', () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const point = '<trkpt lat="45.7722" lon="14.3577"><ele>560</ele><time>2026-01-31T09:30:00Z</time></trkpt>\n';
  const piece = Buffer.from(point.repeat(700));
  const reader = new GpxReader();
  reader.take(Buffer.from('<gpx><trk><trkseg>'));
  const held = (pieces: number) => {
    let points = 0;
    for (let n = 0; n < pieces; n++) points += reader.take(piece).length;
    expect(points).toBe(pieces * 700);
    collect();
    return process.memoryUsage().heapUsed;
  };
  const few = held(10);
  // 8 MB more
  expect(held(120) - few).toBeLessThan(2 * 1024 * 1024);
  expect(reader.take(Buffer.from('</trkseg></trk></gpx>'))).toEqual([]);
  expect(reader.end()).toEqual([]);
});
