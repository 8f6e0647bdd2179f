import Flatbush from 'flatbush';
import { cpuSeconds } from '../lib/cpu.mjs';
import { builtPart } from '../lib/inside.mjs';

const LONG_ENOUGH_S = 2;

/**
 * In which of the circles around `centres` each of the `places` is, by our own exact test: of those whose boxes hold it, as an index in
 * memory finds them, and of all one after the other. `{ perSecond, cpu }` of each, `cpu` being microseconds for a place.
 */
export function inMemory({ centres, radius, places }) {
  const { CircleArea } = builtPart('modules/geofences/areas.js');
  const { boxAroundCircle } = builtPart('modules/geofences/boxes.js');
  const areas = centres.map((centre) => new CircleArea(centre, radius));
  const boxes = new Flatbush(areas.length);
  for (const { west, south, east, north } of centres.map((centre) => boxAroundCircle(centre, radius)))
    boxes.add(west, south, east, north);
  boxes.finish();
  const isIn = (place) => (index) => areas[index].offset(place) <= 0;
  const byIndex = (place) => {
    const { longitude, latitude } = place;
    return boxes.search(longitude, latitude, longitude, latitude, isIn(place)).length;
  };
  const oneByOne = (place) => areas.reduce((count, area) => count + (area.offset(place) <= 0), 0);
  const few = places.filter((_, index) => index % 100 === 0);
  const found = (find) => few.reduce((sum, place) => sum + find(place), 0);
  if (found(byIndex) !== found(oneByOne)) throw new Error('the index finds other fences');
  return { indexed: timed(places, byIndex), linear: timed(places, oneByOne) };
}

function timed(places, find) {
  const [begin, before] = [performance.now(), cpuSeconds(process.pid)];
  let [done, lasted] = [0, 0];
  while (lasted < LONG_ENOUGH_S) {
    for (let index = 0; index < 100; index++) find(places[done++ % places.length]);
    lasted = (performance.now() - begin) / 1000;
  }
  return { perSecond: done / lasted, cpu: ((cpuSeconds(process.pid) - before) * 1e6) / done };
}
