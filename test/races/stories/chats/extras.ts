import { AccountWorkers } from 'src/modules/account/account.workers';
import type { ChatWorld } from 'test/races/stories/chats/world';
import type { Acts } from 'test/races/stories/story';
import { image, upload } from 'test/support/files';

const FILES = [
  { name: 'a.jpg', bytes: image('Landscape_1.jpg') },
  { name: 'notes 会議.txt', bytes: 'hello' },
];

/** What other features do to chats. */
export const extras: Acts<ChatWorld> = {
  'send a file': {
    weight: 2,
    run: async (world, draw) => {
      const [person, chat] = [draw.one(world.people), world.aChat(draw)];
      const fields = { chat_id: String(chat), content: draw.one(['', 'caption']) };
      const { status, body } = await upload(draw.one(world.nodes), person.user, draw.one(FILES), { fields });
      world.log.push(`${person.name} sends a file to ${chat} → ${status}`);
      expect(status).toBeLessThan(500);
      if (status !== 201) return;
      world.files.push(body.id as number);
      world.remember(body.message, chat);
    },
  },
  'take a file back': {
    weight: 1,
    when: ({ files }) => files.length > 0,
    run: (world, draw) => world.ask(draw.one(world.people), draw, 'delete', `/files/${draw.one(world.files)}`),
  },
  call: {
    weight: 2,
    run: async (world, draw) => {
      const whom = draw.one([{ chat_id: world.aChat(draw) }, { callee_id: draw.one(world.people).user.id }]);
      const body = { ...whom, call_type: draw.one(['audio', 'video']) };
      const { body: begun } = await world.ask(draw.one(world.people), draw, 'post', '/video-calls/initiate', body);
      if (begun.id) world.calls.push(begun.id as number);
    },
  },
  'answer or end a call': {
    weight: 2,
    when: ({ calls }) => calls.length > 0,
    run: (world, draw) => {
      const path = `/video-calls/${draw.one(world.calls.slice(-2))}/${draw.one(['answer', 'decline', 'end', 'join'])}`;
      return world.ask(draw.one(world.people), draw, 'post', path, {});
    },
  },
  // what others begin on his behalf meanwhile would wait for an answer
  'go for good': {
    weight: 1,
    alone: true,
    when: ({ people }) => people.length === 4,
    run: async (world, draw) => {
      const [app] = world.nodes;
      const leaver = world.people.at(-1)!;
      await world.ask(leaver, draw, 'delete', '/profile', { password: leaver.user.password });
      const overdue = `UPDATE users SET deletion_due_at = now() - interval '1 day' WHERE id = $1`;
      await app.db.query(overdue, [leaver.user.id]);
      leaver.leave();
      world.people = world.people.slice(0, -1);
      await app.get(AccountWorkers).beginErasures();
      await app.settle();
      world.log.push(`${leaver.name} is erased`);
    },
  },
};
