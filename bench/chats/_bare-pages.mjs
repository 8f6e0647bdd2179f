import Fastify from 'fastify';
import { DataSource, EntitySchema, LessThan } from 'typeorm';

// Pages of a chat as one writes them first: the rows of Muster's own tables by TypeORM's `find`, each message with its sender, as objects of
// classes, over a bare Fastify. Nobody's token is looked at, nor who takes part.

class User {}
class Message {}

const id = { type: 'bigint', primary: true };
const time = (nullable) => ({ type: 'timestamptz', nullable });
const users = new EntitySchema({
  name: 'users',
  target: User,
  columns: {
    id: { type: 'uuid', primary: true },
    username: { type: 'text' },
    display_name: { type: 'text', nullable: true },
    avatar_url: { type: 'text', nullable: true },
  },
});
const messages = new EntitySchema({
  name: 'messages',
  target: Message,
  columns: {
    id,
    chat_id: { type: 'bigint' },
    seq: { type: 'bigint' },
    client_id: { type: 'text', nullable: true },
    content: { type: 'text' },
    message_type: { type: 'text' },
    metadata: { type: 'jsonb', nullable: true },
    file_id: { type: 'bigint', nullable: true },
    reply_to_id: { type: 'bigint', nullable: true },
    thread_id: { type: 'bigint', nullable: true },
    reply_count: { type: 'int' },
    mentions_all: { type: 'boolean' },
    is_edited: { type: 'boolean' },
    pinned_at: time(true),
    deleted_at: time(true),
    created_at: time(false),
    updated_at: time(false),
  },
  relations: { sender: { type: 'many-to-one', target: User, joinColumn: { name: 'sender_id' } } },
});

const db = new DataSource({
  type: 'postgres',
  url: process.env.DATABASE_URL,
  entities: [users, messages],
  parseInt8: true,
  extra: { max: 20 },
});
await db.initialize();
const rows = db.getRepository(Message);

const app = Fastify();
app.get('/api/v1/chats/:id/messages', async ({ params, query }) => {
  const take = Number(query.limit);
  const where = { chat_id: Number(params.id), seq: LessThan(Number(query.before_seq ?? Number.MAX_SAFE_INTEGER)) };
  const found = await rows.find({ where, relations: { sender: true }, order: { seq: 'DESC' }, take });
  return { messages: found };
});
await app.listen({ port: 0, host: '127.0.0.1' });
process.send({ type: 'ready', url: `http://127.0.0.1:${app.server.address().port}` });
