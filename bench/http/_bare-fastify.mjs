import Fastify from 'fastify';

// Fastify and nothing else: one route that gives what it is told to give.

const app = Fastify();
const body = JSON.parse(process.env.BODY);
app.get('/bare', async () => body);
await app.listen({ port: 0, host: '127.0.0.1' });
process.send({ type: 'ready', url: `http://127.0.0.1:${app.server.address().port}` });
