import type { ShareView } from 'src/modules/location/shares.dto';
import type { PlaceWorld } from 'test/races/stories/places/world';
import type { Acts, Draw } from 'test/races/stories/story';

const isShared = ({ shares }: PlaceWorld) => shares.length > 0;
const TERMS = [{ duration_minutes: 60 }, { until_stopped: true }, { duration_minutes: 1440 }];
const PRECISIONS = ['exact', 'street', 'neighbourhood', 'city', 'exact'];

export const shares: Acts<PlaceWorld> = {
  'share with somebody': { weight: 5, run: (world, draw) => begin(world, draw, 'user') },
  'share with the group': { weight: 3, run: (world, draw) => begin(world, draw, 'chat') },
  'share with all contacts': { weight: 2, run: (world, draw) => begin(world, draw, 'contacts') },
  'share by a link': { weight: 1, run: (world, draw) => begin(world, draw, 'link') },
  'give a share other terms': {
    weight: 4,
    when: isShared,
    run: (world, draw) => {
      const { id, owner } = world.aShare(draw);
      const change = draw.one([
        ...TERMS,
        ...PRECISIONS.map((precision) => ({ precision })),
        { shows_history: true },
        { shows_history: false },
      ]);
      world.hasOpened = true;
      return world.ask(owner, draw, 'put', `/location/shares/${id}`, change);
    },
  },
  'stop a share': {
    weight: 2,
    when: isShared,
    run: async (world, draw) => {
      const { id, owner } = world.aShare(draw);
      if (draw.chance(50)) return world.ask(owner, draw, 'delete', `/location/shares/${id}`);
      const { ok } = await owner.socket.ask('location_share_stop', { share_id: id });
      world.log.push(`${owner.name} stops ${id} → ${ok}`);
      return ok;
    },
  },
  'stop all': {
    weight: 1,
    run: (world, draw) => world.ask(draw.one(world.people), draw, 'delete', '/location/shares'),
  },
  'come to the end of a share': {
    weight: 1,
    when: isShared,
    run: (world, draw) => {
      const { id } = world.aShare(draw);
      world.log.push(`${id} has come to its end`);
      const sql = 'UPDATE location_shares SET expires_at = now() WHERE id = $1 AND is_active';
      return world.nodes[0].db.query(sql, [id]);
    },
  },
};

async function begin(world: PlaceWorld, draw: Draw, audience: ShareView['audience']) {
  const [owner, other] = world.two(draw);
  const [person, chat] = [{ target_user_id: other.id }, { chat_id: world.group }];
  const whom = audience === 'user' ? person : audience === 'chat' ? chat : { audience };
  const terms = { ...draw.one(TERMS), precision: draw.one(PRECISIONS), shows_history: draw.chance(40) };
  const draft = { ...whom, ...terms };
  world.hasOpened = true;
  if (draw.chance(60))
    return world.rememberShare(await world.ask(owner, draw, 'post', '/location/shares', draft), owner);
  const { ok, data, error } = await owner.socket.ask('location_share_start', draft);
  world.log.push(`${owner.name} location_share_start ${JSON.stringify(draft)} → ${ok ? data.id : error.code}`);
  if (ok) world.rememberShare({ status: 201, body: data }, owner);
}
