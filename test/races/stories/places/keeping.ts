import { away, HERE } from 'test/factories/locations';
import { SPOTS } from 'test/races/stories/places/walker';
import type { PlaceWorld } from 'test/races/stories/places/world';
import type { Acts } from 'test/races/stories/story';

const CHOICES = [{ history: 'days', history_days: 30 }, { history: 'forever' }, { history: 'live_only' }];

export const keeping: Acts<PlaceWorld> = {
  'choose what is kept': {
    weight: 3,
    run: (world, draw) => {
      const [person, choice] = [draw.one(world.people), draw.one(CHOICES)];
      const forgotten = choice.history === 'live_only' ? { from: -Infinity, to: person.now } : undefined;
      return person.change(forgotten, () => world.ask(person, draw, 'put', '/location/settings', choice));
    },
  },
  'delete a span': {
    weight: 2,
    run: async (world, draw) => {
      const person = draw.one(world.people);
      if (!person.points.length) return;
      const moments = [0, 1].map(() => Date.parse(draw.one(person.points.slice(-20)).recorded_at));
      const span = { from: Math.min(...moments), to: Math.max(...moments) + 1 };
      const [start, end] = [span.from, span.to].map((at) => new Date(at).toISOString());
      const path = `/location/history?start=${start}&end=${end}`;
      await person.change(span, () => world.ask(person, draw, 'delete', path));
    },
  },
  'hide where one is': {
    weight: 1,
    run: async (world, draw) => {
      const [person, spot] = [draw.one(world.people), draw.one(SPOTS)];
      const place = { name: 'Home', ...away(HERE, spot), radius_meters: 100 };
      const { status, body } = await world.ask(person, draw, 'post', '/location/private-places', place);
      if (status === 201) person.hidden.set(body.id as number, spot);
    },
  },
  'hide no more': {
    weight: 2,
    when: ({ people }) => people.some(({ hidden }) => hidden.size > 0),
    run: async (world, draw) => {
      const person = draw.one(world.people.filter(({ hidden }) => hidden.size > 0));
      const id = draw.one([...person.hidden.keys()]);
      await world.ask(person, draw, 'delete', `/location/private-places/${id}`);
      person.hidden.delete(id);
    },
  },
};
