import assert from 'node:assert/strict';
import { fencesAlong, staysOf } from './fences.mjs';
import { distance } from './geometry.mjs';
import { percentile, Tally } from './tally.mjs';
import { endingAt, parseTrack, schedule } from './tracks.mjs';

const DEGREE = 111_195; // metres of one degree of latitude
/** A straight way to the north: a fix every 10 m and 10 s, from `from` to `to` metres. */
const north = (from, to, start = 0) =>
  Array.from({ length: Math.abs(to - from) / 10 + 1 }, (_, index) => ({
    latitude: (from + Math.sign(to - from) * index * 10) / DEGREE,
    longitude: 0,
    at: start + index * 10_000,
  }));
const CIRCLE = { latitude: 0, longitude: 0, radius: 100 };

test('a track is read in the order of its times, without points that have no place or no time of their own', () => {
  const points = parseTrack(`<gpx><wpt lat="1" lon="1"><time>2020-01-01T00:00:00Z</time></wpt><trk><trkseg/><trkseg>
    <trkpt lon='14.5' lat='45.5'><ele>7.5</ele><time>2020-01-01T00:00:10Z</time></trkpt>
    <trkpt lat="45" lon="14"><time> 2020-01-01T00:00:00Z </time></trkpt>
    <trkpt lat="46" lon="15"><ele>x</ele></trkpt><trkpt lat="46" lon="15"><time>2020-01-01T00:00:10Z</time></trkpt>
    <trkpt lon="15"><time>2020-01-01T00:00:20Z</time></trkpt></trkseg></trk></gpx>`);
  const first = Date.UTC(2020, 0, 1);
  assert.deepEqual(points, [
    { latitude: 45, longitude: 14, altitude: undefined, at: first },
    { latitude: 45.5, longitude: 14.5, altitude: 7.5, at: first + 10_000 },
  ]);
});

test('a replay keeps the intervals between positions, and shortens only its own pauses', () => {
  const points = [0, 1000, 61_000].map((at) => ({ latitude: 0, longitude: 0, at }));
  assert.deepEqual(
    endingAt(points, 100_000).map(({ at }) => at),
    [39_000, 40_000, 100_000],
  );
  assert.deepEqual(schedule(points, { speed: 10, longestPause: 15_000 }), [0, 100, 1600]);
});

test('metres are those of the sphere', () => {
  const [paris, rome] = [
    { latitude: 48.8566, longitude: 2.3522 },
    { latitude: 41.9028, longitude: 12.4964 },
  ];
  assert.ok(Math.abs(distance(paris, rome) - 1_105_000) < 2_000);
  assert.ok(Math.abs(distance({ latitude: 0, longitude: 179.9995 }, { latitude: 0, longitude: -179.9995 }) - 111) < 1);
});

test('a way through a fence is an entry and an exit, and what is open to doubt is no fence', () => {
  const through = staysOf(north(-300, 300), CIRCLE);
  assert.deepEqual(
    through.map(({ inside }) => inside),
    [false, true, false],
  );
  assert.equal(staysOf(north(0, 300), CIRCLE), undefined, 'inside at first');
  const back = north(-110, -300, 200_000);
  assert.equal(staysOf([...north(-300, -110), ...back], CIRCLE), undefined, 'along the edge');
  assert.equal(staysOf([...north(-300, -70), ...north(-80, -300, 240_000)], CIRCLE), undefined, 'too short a visit');
  assert.equal(staysOf(north(-300, -200), CIRCLE)?.length, 1, 'never there');
});

test('fences stand clear of each other, and each expects its crossings at their fixes', () => {
  const points = [...north(0, 2000), ...north(1990, 0, 2_010_000)];
  const fences = fencesAlong(points, { count: 4, radii: [60, 100] });
  assert.ok(fences.length >= 2);
  for (const { crossings } of fences) {
    crossings.forEach(({ type }, index) => assert.equal(type, index % 2 ? 'exit' : 'entry'));
    crossings.forEach(({ after, by }) => assert.ok(after < by));
  }
  const [a, b] = fences;
  assert.ok(distance(a, b) > a.radius + b.radius);
});

test('a tally tells what is missing, what came twice, and what nobody expected', () => {
  const tally = new Tally('letters');
  ['a', 'b', 'c'].forEach((key) => tally.owe(key));
  tally.ask('d');
  ['a', 'b', 'b', 'd', 'e'].forEach((key) => tally.see(key));
  assert.deepEqual([tally.missing, tally.surplus, tally.arrived, tally.owed], [['c'], ['b', 'e'], 3, 3]);
  assert.equal(tally.latencies.length, 3);
  assert.deepEqual(
    [50, 99, 100].map((p) => percentile([3, 1, 2, 4], p)),
    [2, 4, 4],
  );
  assert.equal(percentile([], 50), undefined);
});
