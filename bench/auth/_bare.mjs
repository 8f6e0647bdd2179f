import { Body, Controller, Get, HttpCode, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import 'reflect-metadata';

// A Nest on Fastify with two routes that do nothing: what any feature of ours is measured against.

const PROFILE = {
  id: '0199c5a0-7d2e-7b61-9d3c-2f6f0c6f4a11',
  username: 'p_0123456789abcdef',
  email: 'p_0123456789abcdef@example.org',
  display_name: 'Somebody',
  full_name: 'Somebody',
  avatar_url: null,
  bio: null,
  phone_number: null,
  language: null,
  timezone: 'UTC',
  is_active: true,
  is_verified: false,
  role: 'user',
  status_message: null,
  status: 'offline',
  is_online: false,
  last_seen: null,
  created_at: '2026-01-31T09:30:00.000Z',
  updated_at: '2026-01-31T09:30:00.000Z',
};

class BareController {
  profile() {
    return PROFILE;
  }

  echo(body) {
    return body;
  }
}
const decorate = (name, ...decorators) => {
  const property = Object.getOwnPropertyDescriptor(BareController.prototype, name);
  for (const decorator of decorators) decorator(BareController.prototype, name, property);
};
Controller()(BareController);
decorate('profile', Get('profile'));
decorate('echo', Post('echo'), HttpCode(200));
Body()(BareController.prototype, 'echo', 0);

class BareModule {}
Module({ controllers: [BareController] })(BareModule);

const app = await NestFactory.create(BareModule, new FastifyAdapter(), { logger: false });
await app.listen(0, '127.0.0.1');
process.once('SIGTERM', () => void app.close().then(() => process.exit(0)));
process.send({ type: 'ready', url: (await app.getUrl()).replace('[::1]', '127.0.0.1') });
