import Fastify from 'fastify';

// Fastify and nothing else: a GET and a POST that give what they are told to give, the latter of a body that its own validation (ajv)
// has checked by a schema it is told.

const answers = JSON.parse(process.env.ANSWERS);
// of OpenAPI, whose schemas have more words than ajv knows
const app = Fastify({ ajv: { customOptions: { strict: false } } });
app.get('/bare', async () => answers.GET);
app.post('/bare', { schema: { body: JSON.parse(process.env.SCHEMA) } }, async (_request, reply) => {
  reply.code(200);
  return answers.POST;
});
await app.listen({ port: 0, host: '127.0.0.1' });
process.once('SIGTERM', () => void app.close().then(() => process.exit(0)));
process.send({ type: 'ready', url: `http://127.0.0.1:${app.server.address().port}` });
