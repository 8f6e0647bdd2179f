import { TrackStats, type DayStats, type TrackPoint } from 'src/modules/location/track-stats';

const DEGREE = 111_195.08;
const START = Date.parse('2026-03-01T10:00:00Z');
/** So many metres north of the equator, so many seconds after the start. */
const at = (metres: number, seconds: number, accuracy = 5): TrackPoint => ({
  latitude: metres / DEGREE,
  longitude: 0,
  at: START + seconds * 1000,
  accuracy,
});
function statsOf(points: TrackPoint[], zone = 'UTC') {
  const stats = new TrackStats(zone);
  points.forEach((point) => stats.add(point));
  stats.end();
  return stats;
}
const range = (count: number) => Array.from({ length: count }, (_, n) => n);

test('a walk of a kilometre at 1.4 m/s', () => {
  const { days, places } = statsOf(range(72).map((n) => at(n * 14, n * 10)));
  expect(days).toHaveLength(1);
  expect(days[0]).toMatchObject({ date: '2026-03-01', points: 72 });
  expect(days[0]!.distanceMeters).toBeGreaterThan(960);
  expect(days[0]!.distanceMeters).toBeLessThan(1000);
  expect(days[0]!.movingSeconds).toBeGreaterThan(680);
  expect(places).toEqual([]);
});

test('a phone that lies still and wanders has gone nowhere, and is at a place', () => {
  const { days, places } = statsOf(range(360).map((n) => at(Math.sin(n) * 9, n * 60)));
  expect(days.reduce((sum, { distanceMeters }) => sum + distanceMeters, 0)).toBeLessThan(1);
  expect(places).toMatchObject([{ visits: 1, seconds: 359 * 60 }]);
});

test('who stands for a while is in motion only from when he sets out, and no way of his is lost', () => {
  for (const minutes of [3, 10, 14.5, 30, 200]) {
    const stand = range(minutes * 6 + 1).map((n) => at(Math.sin(n) * 5, n * 10));
    const drive = range(20).map((n) => at((n + 1) * 300, minutes * 60 + (n + 1) * 15));
    const [{ distanceMeters, movingSeconds }] = statsOf([...stand, ...drive]).days as [DayStats];
    expect(Math.abs(distanceMeters - 6000)).toBeLessThan(10);
    expect(movingSeconds).toBeGreaterThanOrEqual(300);
    expect(movingSeconds).toBeLessThan(300 + 80);
  }
});

test('a phone that tells its place every ten minutes has been silent for no longer', () => {
  const { days } = statsOf([at(0, 0), at(0, 600), at(3000, 1200), at(3000, 1800)]);
  expect(days[0]!.distanceMeters).toBeCloseTo(3000, 0);
});

test('a silence is no way, and coming back to a place is another visit', () => {
  const home = (from: number) => range(20).map((n) => at(0, from + n * 60));
  const work = (from: number) => range(20).map((n) => at(5000, from + n * 60));
  const { days, places } = statsOf([...home(0), ...work(4000), ...home(8000)]);
  expect(days[0]!.distanceMeters).toBe(0);
  expect(places).toMatchObject([
    { visits: 2, seconds: 38 * 60 },
    { visits: 1, seconds: 19 * 60 },
  ]);
});

test('days are those of the time zone, the short and the long one of the year included', () => {
  const hours = range(72).map((n) => ({ ...at(n * 30, 0), at: Date.parse('2026-03-28T00:30:00Z') + n * 3_600_000 }));
  expect(statsOf(hours, 'Asia/Tokyo').days.map(({ date }) => date)).toEqual([
    '2026-03-28',
    '2026-03-29',
    '2026-03-30',
    '2026-03-31',
  ]);
  const berlin = statsOf(hours, 'Europe/Berlin').days;
  expect(berlin.map(({ date, points }) => [date, points])).toEqual([
    ['2026-03-28', 23],
    ['2026-03-29', 23],
    ['2026-03-30', 24],
    ['2026-03-31', 2],
  ]);
});
