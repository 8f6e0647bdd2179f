import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { ConnectedSocket, MessageBody, SubscribeMessage, WebSocketGateway, WebSocketServer } from '@nestjs/websockets';
import 'reflect-metadata';

// A Nest gateway as one writes it first, which stores nothing: what a socket sends to a room goes to all in it.

class BareGateway {
  handleConnection(socket) {
    for (const room of String(socket.handshake.query.rooms ?? '').split(',')) void socket.join(room);
  }

  say({ room, content }) {
    this.server.to(room).emit('new_message', { content, at: Date.now() });
    return { ok: true };
  }
}
WebSocketServer()(BareGateway.prototype, 'server');
SubscribeMessage('say')(BareGateway.prototype, 'say', Object.getOwnPropertyDescriptor(BareGateway.prototype, 'say'));
MessageBody()(BareGateway.prototype, 'say', 0);
ConnectedSocket()(BareGateway.prototype, 'say', 1);
WebSocketGateway({ transports: ['websocket'], serveClient: false })(BareGateway);

class BareModule {}
Module({ providers: [BareGateway] })(BareModule);

const app = await NestFactory.create(BareModule, new FastifyAdapter(), { logger: false });
app.useWebSocketAdapter(new IoAdapter(app));
await app.listen(0, '127.0.0.1');
process.once('SIGTERM', () => void app.close().then(() => process.exit(0)));
process.send({ type: 'ready', url: (await app.getUrl()).replace('[::1]', '127.0.0.1') });
