import { once } from 'node:events';
import { createServer } from 'node:net';
import { Failure } from './failure.mjs';

export const LOOPBACK = '127.0.0.1';

/** A port of the loopback address that nobody uses at this moment. */
export async function freePort() {
  const server = await listen(0, LOOPBACK);
  const { port } = server.address();
  await closed(server);
  return port;
}

/** Throws `Failure` if a server could not listen there now. */
export async function checkPort(port, host) {
  try {
    await closed(await listen(port, host));
  } catch (error) {
    throw new Failure(REASONS[error.code]?.(port, host) ?? `Cannot listen on ${host}:${port}: ${error.message}`);
  }
}

const REASONS = {
  EADDRINUSE: (port) => `Port ${port} is in use. Stop the program that uses it, or choose another port with PORT.`,
  EACCES: (port) => `Port ${port} is not allowed to this user. Choose one above 1023 with PORT.`,
  EADDRNOTAVAIL: (_port, host) => `HOST ${host} is not an address of this machine.`,
};

async function listen(port, host) {
  const server = createServer().listen(port, host);
  await once(server, 'listening');
  return server;
}

async function closed(server) {
  server.close();
  await once(server, 'close');
}
