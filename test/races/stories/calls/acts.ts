import type { RequestName } from 'src/contracts';
import { DeparturesService } from 'src/modules/calls/departures.service';
import type { CallWorld } from 'test/races/stories/calls/world';
import type { Act, Acts, Draw } from 'test/races/stories/story';
import { api } from 'test/support/http';

/** A device says something to a call: to one that rings there or that it is in, if there is one. */
const says = (
  weight: number,
  name: RequestName,
  verb: string,
  bodyOf: (draw: Draw) => object = () => ({}),
): Act<CallWorld> => ({
  weight,
  run: (world, draw) =>
    world.with(draw, (device) => {
      const { rings, inCall } = device.screen;
      const call_id = draw.one([...rings, ...rings, ...(inCall === null ? [] : [inCall]), world.lastCall]);
      return world.ask(draw, device, name, `${call_id}/${verb}`, { call_id, ...bodyOf(draw) });
    }),
});

export const CALL_ACTS: Acts<CallWorld> = {
  call: {
    weight: 3,
    run: (world, draw) =>
      world.with(draw, async (device) => {
        const others = world.users.filter(({ id }) => id !== device.user.id).map(({ id }) => id);
        const whom = draw.one([
          { callee_id: draw.one(others) },
          { chat_id: world.group },
          { callee_ids: others.slice(1) },
        ]);
        const { id } = await world.ask(draw, device, 'call_initiated', 'initiate', whom);
        if (id) world.calls.push(id);
      }),
  },
  ring: says(1, 'call_ringing', 'ringing'),
  answer: says(4, 'call_answered', 'answer', (draw) => draw.one([{}, { is_muted: true }, { is_muted: false }])),
  join: says(2, 'call_participant_joined', 'join'),
  decline: says(1, 'call_declined', 'decline', (draw) => draw.one([{}, { reason: 'busy' }])),
  end: says(1, 'call_ended', 'end', (draw) => ({ for_all: draw.one([true, false]) })),
  callMore: {
    weight: 1,
    run: (world, draw) =>
      world.with(draw, ({ user }) =>
        api(world.nodes[1], user).post(`/video-calls/${world.lastCall}/participants`, {
          user_ids: [draw.one(world.users).id],
        }),
      ),
  },
  mute: {
    weight: 3,
    run: (world, draw) =>
      world.with(draw, ({ user }) =>
        api(draw.one(world.nodes), user).put(`/video-calls/${world.lastCall}/participants/me`, {
          is_muted: draw.one([true, false]),
        }),
      ),
  },
  drop: { weight: 2, run: (world, draw) => world.with(draw, (device) => device.drop()) },
  comeBack: {
    weight: 6,
    run: (world, draw) =>
      world.with(draw, async (device) => {
        if (!device.socket) await device.connect(draw.one(world.nodes));
      }),
  },
  ringOut: {
    weight: 1,
    when: ({ calls }) => calls.length > 0,
    run: async ({ nodes: [app], lastCall }) => {
      const sql = `UPDATE call_participants SET rings_until = now() WHERE call_id = $1 AND status IN ('invited', 'ringing')`;
      await app.db.query(sql, [lastCall]);
      await app.get(DeparturesService).timeOut(lastCall);
    },
  },
  holdNews: { weight: 5, run: (world, draw) => Promise.resolve(world.holdNews(draw.one(world.nodes))) },
  block: {
    weight: 1,
    run: (world, draw) =>
      world.with(draw, async ({ user }) => {
        const other = draw.one(world.users);
        const how = draw.one(['block', 'unblock', 'unblock']);
        if (other.id !== user.id) await api(world.nodes[1], user).post(`/users/${other.id}/${how}`);
      }),
  },
  leaveOrComeToGroup: {
    weight: 1,
    run: async ({ nodes: [app], users: [owner, ...others], group }, draw) => {
      const someone = draw.one(others);
      const back = await api(app, owner).post(`/chats/${group}/participants`, { user_ids: [someone.id] });
      if (back.status >= 300) await api(app, owner).delete(`/chats/${group}/participants/${someone.id}`);
    },
  },
};
