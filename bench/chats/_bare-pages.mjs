import Fastify from 'fastify';
import { DataSource, EntitySchema, LessThan } from 'typeorm';

// Pages of a chat as one writes them first: Muster's own tables by TypeORM's `find` over a bare Fastify, with all that Muster's answer
// shows of a message (`/pages/:chat`), or with its sender alone (`/messages/:chat`). Nobody's token is looked at, nor who takes part.

const text = { type: 'text' };
const bigint = { type: 'bigint' };
const time = { type: 'timestamptz' };
const or = (column) => ({ ...column, nullable: true });
const one = (target, name) => ({ type: 'many-to-one', target, joinColumn: { name } });
const many = (target) => ({ type: 'one-to-many', target, inverseSide: 'message' });

const entities = [
  new EntitySchema({
    name: 'User',
    tableName: 'users',
    columns: { id: { type: 'uuid', primary: true }, username: text, display_name: or(text), avatar_url: or(text) },
  }),
  new EntitySchema({
    name: 'File',
    tableName: 'files',
    columns: { id: { ...bigint, primary: true }, created_at: time, deleted_at: or(time) },
  }),
  new EntitySchema({
    name: 'Mention',
    tableName: 'message_mentions',
    columns: { message_id: { ...bigint, primary: true }, user_id: { type: 'uuid', primary: true } },
    relations: { message: one('Message', 'message_id') },
  }),
  new EntitySchema({
    name: 'Reaction',
    tableName: 'message_reactions',
    columns: {
      message_id: { ...bigint, primary: true },
      user_id: { type: 'uuid', primary: true },
      emoji: { ...text, primary: true },
      created_at: time,
    },
    relations: { message: one('Message', 'message_id') },
  }),
  new EntitySchema({
    name: 'Message',
    tableName: 'messages',
    columns: {
      id: { ...bigint, primary: true },
      chat_id: bigint,
      seq: bigint,
      client_id: or(text),
      content: text,
      message_type: text,
      metadata: or({ type: 'jsonb' }),
      thread_id: or(bigint),
      reply_count: { type: 'int' },
      mentions_all: { type: 'boolean' },
      is_edited: { type: 'boolean' },
      pinned_at: or(time),
      deleted_at: or(time),
      created_at: time,
      updated_at: time,
    },
    relations: {
      sender: one('User', 'sender_id'),
      file: one('File', 'file_id'),
      reply_to: one('Message', 'reply_to_id'),
      mentions: many('Mention'),
      reactions: many('Reaction'),
    },
  }),
];
const options = { type: 'postgres', url: process.env.DATABASE_URL, entities, parseInt8: true, extra: { max: 20 } };
const db = await new DataSource(options).initialize();
const messages = db.getRepository('Message');

const SENDER = { sender: true };
const ALL = { sender: true, file: true, reply_to: { sender: true }, mentions: true, reactions: true };

const app = Fastify();
const page = (relations) => async (request) => {
  const where = { chat_id: Number(request.params.chat), seq: LessThan(Number.MAX_SAFE_INTEGER) };
  return { messages: await messages.find({ where, relations, order: { seq: 'DESC' }, take: 50 }) };
};
app.get('/api/v1/messages/:chat', page(SENDER));
app.get('/api/v1/pages/:chat', page(ALL));
await app.listen({ port: 0, host: '127.0.0.1' });
process.send({ type: 'ready', url: `http://127.0.0.1:${app.server.address().port}` });
