import { createServer } from 'node:http';

// Takes every push as FCM would. `GET /` tells how many there were, and the milliseconds from the first to the last; `DELETE /` begins anew.

let [count, first, last] = [0, 0, 0];
const answer = (response, body) =>
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));

const server = createServer((request, response) => {
  request.resume();
  request.on('end', () => {
    if (request.method === 'GET') return answer(response, { count, ms: last - first });
    if (request.method === 'DELETE') {
      count = 0;
      return answer(response, {});
    }
    if (request.url === '/token')
      return answer(response, { access_token: 'bench', expires_in: 3600, token_type: 'Bearer' });
    last = performance.now();
    if (!count++) first = last;
    answer(response, { name: `projects/bench/messages/${count}` });
  });
});
server.listen(0, '127.0.0.1', () => process.send({ type: 'ready', url: `http://127.0.0.1:${server.address().port}` }));
