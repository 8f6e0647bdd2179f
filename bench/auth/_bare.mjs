import { Body, Controller, Get, Headers, HttpCode, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { JwtService } from '@nestjs/jwt';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { createHash, randomBytes } from 'node:crypto';
import { env } from 'node:process';
import pg from 'pg';
import 'reflect-metadata';

// A Nest on Fastify and nothing else, with what features of ours are measured against: two routes that do nothing, and two that do
// the work without which there is no such answer, as plainly as it can be written: the token is checked, and the same rows are read
// and written, each by one prepared statement on a pool of the same size.

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
const COLUMNS = `u.id, u.username, u.email, u.display_name, u.avatar_url, u.bio, u.phone_number, u.language, u.timezone, u.is_active,
  u.is_verified, u.role, u.status_message, u.last_seen, u.created_at, u.updated_at`;

const pool = new pg.Pool({ connectionString: env.DATABASE_URL, max: Number(env.DATABASE_POOL_SIZE ?? 20) });
const jwt = new JwtService({ secret: env.JWT_SECRET_KEY });
const hashOf = (token) => createHash('sha256').update(token).digest();
const run = (client, name, text, values) => client.query({ name, text, values });

class BareController {
  empty() {
    return PROFILE;
  }

  echo(body) {
    return body;
  }

  /** The row of a session's user, by the session's id: one statement says whether the session is live, and who he is. */
  async profile(authorization) {
    const { sid } = jwt.verify(authorization.slice('Bearer '.length), { algorithms: ['HS256'] });
    const sql = `SELECT ${COLUMNS} FROM sessions s JOIN users u ON u.id = s.user_id
      WHERE s.id = $1 AND s.revoked_at IS NULL AND u.is_active`;
    const { rows } = await run(pool, 'profile', sql, [sid]);
    return rows[0];
  }

  /** A new pair for a refresh token, in one transaction that survives a crash. */
  async refresh({ refresh_token: token }) {
    const client = await pool.connect();
    try {
      await client.query('BEGIN');
      const find = `SELECT t.session_id, s.user_id FROM refresh_tokens t JOIN sessions s ON s.id = t.session_id
        JOIN users u ON u.id = s.user_id
        WHERE t.hash = $1 AND t.expires_at > now() AND s.revoked_at IS NULL AND u.is_active FOR UPDATE OF t`;
      const { rows } = await run(client, 'find', find, [hashOf(token)]);
      const { session_id: sid, user_id: sub } = rows[0];
      await run(client, 'use', 'UPDATE refresh_tokens SET used_at = now() WHERE hash = $1', [hashOf(token)]);
      const next = randomBytes(32).toString('base64url');
      const add = `INSERT INTO refresh_tokens (hash, session_id, expires_at) VALUES ($1, $2, now() + interval '7 days')`;
      await run(client, 'add', add, [hashOf(next), sid]);
      await run(client, 'touch', 'UPDATE sessions SET last_active_at = now() WHERE id = $1', [sid]);
      await client.query('COMMIT');
      const access = jwt.sign({ sub, sid, tid: 'default' }, { expiresIn: 1800, issuer: 'muster', audience: 'muster' });
      return { access_token: access, refresh_token: next, token_type: 'bearer', expires_in: 1800 };
    } finally {
      client.release();
    }
  }
}
const decorate = (name, ...decorators) => {
  const property = Object.getOwnPropertyDescriptor(BareController.prototype, name);
  for (const decorator of decorators) decorator(BareController.prototype, name, property);
};
Controller()(BareController);
decorate('empty', Get('empty'));
decorate('echo', Post('echo'), HttpCode(200));
Body()(BareController.prototype, 'echo', 0);
decorate('profile', Get('profile'));
Headers('authorization')(BareController.prototype, 'profile', 0);
decorate('refresh', Post('refresh'), HttpCode(200));
Body()(BareController.prototype, 'refresh', 0);

class BareModule {}
Module({ controllers: [BareController] })(BareModule);

const app = await NestFactory.create(BareModule, new FastifyAdapter(), { logger: false });
await app.listen(0, '127.0.0.1');
process.once('SIGTERM', () => void app.close().then(() => process.exit(0)));
process.send({ type: 'ready', url: (await app.getUrl()).replace('[::1]', '127.0.0.1') });
