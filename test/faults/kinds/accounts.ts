import { RedisKeys } from 'src/core/redis/keys';
import { ErasuresService } from 'src/modules/account/erasures.service';
import { ExportsService } from 'src/modules/account/exports.service';
import { EmailCodesRepository } from 'src/modules/auth/email-codes.repository';
import { buildPrivateChat } from 'test/factories/chats';
import { buildUser, buildUsers, type TestUser } from 'test/factories/users';
import { say } from 'test/faults/kinds/chats';
import { count, figure, GONE, inRedis, ONCE, repeated, type Kind, type Kinds } from 'test/faults/kinds/kind';
import type { TestApp } from 'test/support/boot';
import { mailsOf } from 'test/support/mailbox';

const mailsTo = async (app: TestApp, { email }: TestUser) =>
  (await mailsOf(app)).filter((mail) => mail.includes(`To: ${email}\n`)).length;
/** Once or more often: nothing notes that a notice was sent, and who is killed right after sends it again. */
const isMailed = (app: TestApp, user: TestUser) => async () => (await mailsTo(app, user)) > 0;

async function mailExport(app: TestApp): Promise<Kind> {
  const ana = await buildUser(app, 'ana');
  const sql = `INSERT INTO data_exports (user_id, status, ready_at, expires_at, size_bytes) VALUES ($1, 'ready', now(), now() + interval '1 day', 1) RETURNING id`;
  const work = { export_id: await figure(app, sql, ana.id), user_id: ana.id };
  return { work, look: isMailed(app, ana), is: true };
}

async function mailDeletion(app: TestApp): Promise<Kind> {
  const ana = await buildUser(app, 'ana');
  await app.db.query(`UPDATE users SET deletion_due_at = now() + interval '1 day' WHERE id = $1`, [ana.id]);
  return { work: { user_id: ana.id }, look: isMailed(app, ana), is: true };
}

export const accounts: Kinds = {
  'users.fill_terms': async (app) => {
    const ana = await buildUser(app, 'ana');
    const emptied = app.db.query('UPDATE users SET terms = NULL WHERE id = $1', [ana.id]);
    return repeated(app, emptied, 'users WHERE id = $1 AND terms IS NULL', ana.id);
  },
  'users.forget_names': async (app) => {
    const ana = await buildUser(app, 'ana');
    const sql = `INSERT INTO former_usernames (user_id, username, given_up_at) VALUES ($1, $2, now() - interval '9 years')`;
    return repeated(
      app,
      app.db.query(sql, [ana.id, `old_${ana.username}`]),
      'former_usernames WHERE user_id = $1',
      ana.id,
    );
  },
  'auth.mail_code': async (app) => {
    const ana = await buildUser(app, 'ana');
    return { work: { purpose: 'reset', email: ana.email, language: 'en' }, look: () => mailsTo(app, ana), is: ONCE };
  },
  'auth.mail_change_code': async (app) => {
    const ana = await buildUser(app, 'ana');
    const email = `new_${ana.email}`;
    await app.get(EmailCodesRepository).reserve(ana.id, email, [Buffer.from(ana.id), Buffer.from(ana.id)], 1);
    const look = () => mailsTo(app, { ...ana, email });
    return { work: { user_id: ana.id, language: 'en' }, look, is: ONCE };
  },
  'auth.mail_email_changed': async (app) => {
    const ana = await buildUser(app, 'ana');
    return { work: { user_id: ana.id, email: ana.email }, look: isMailed(app, ana), is: true };
  },
  'auth.mail_sign_in': async (app) => {
    const ana = await buildUser(app, 'ana');
    await app.db.query('UPDATE users SET is_verified = true WHERE id = $1', [ana.id]);
    const sql = `INSERT INTO security_events (user_id, event, ip) VALUES ($1, 'new_device', '127.0.0.1') RETURNING id`;
    return { work: { event_id: await figure(app, sql, ana.id) }, look: isMailed(app, ana), is: true };
  },
  'auth.forget_sessions': async (app) => {
    const ana = await buildUser(app, 'ana');
    const sql = `UPDATE refresh_tokens SET expires_at = now() WHERE session_id IN (SELECT id FROM sessions WHERE user_id = $1)`;
    return repeated(app, app.db.query(sql, [ana.id]), 'sessions WHERE user_id = $1', ana.id);
  },
  'core.forget_idempotency_keys': async (app) => {
    const ana = await buildUser(app, 'ana');
    const sql = `INSERT INTO idempotency_keys (user_id, key, request_hash, created_at) VALUES ($1, 'x', 'x', now() - interval '2 days')`;
    return repeated(app, app.db.query(sql, [ana.id]), 'idempotency_keys WHERE user_id = $1', ana.id);
  },
  'core.see_redis': async (app) => {
    const old = app.db.query(`INSERT INTO redis_sightings VALUES (1, now() - interval '1 day')`);
    return repeated(app, old, `redis_sightings WHERE seen_at < now() - interval '1 hour'`);
  },
  'core.trim_streams': async (app) => {
    const ana = await buildUser(app, 'ana');
    const old = async () => {
      await app.db.query('INSERT INTO user_streams (user_id, last_seq) VALUES ($1, 1) ON CONFLICT DO NOTHING', [
        ana.id,
      ]);
      const sql = `INSERT INTO user_events (user_id, seq, type, data, created_at) VALUES ($1, 1, 'x', '{}', now() - interval '400 days')`;
      await app.db.query(sql, [ana.id]);
    };
    return repeated(app, old(), 'user_events WHERE user_id = $1', ana.id);
  },
  'account.make_export': async (app) => {
    const ana = await buildUser(app, 'ana');
    await app.get(ExportsService).start(ana.id);
    const id = await figure(app, 'SELECT id FROM data_exports WHERE user_id = $1', ana.id);
    const look = () => figure(app, 'SELECT status FROM data_exports WHERE id = $1 AND size_bytes > 0', id);
    return { work: { export_id: id }, look, is: 'ready' };
  },
  'account.forget_exports': async (app) => {
    const ana = await buildUser(app, 'ana');
    const sql = `INSERT INTO data_exports (user_id, status, expires_at) VALUES ($1, 'ready', now())`;
    return repeated(app, app.db.query(sql, [ana.id]), 'data_exports WHERE user_id = $1', ana.id);
  },
  'AccountWorkers.mailExport': mailExport,
  'account.mail_export': mailExport,
  'AccountWorkers.mailDeletion': mailDeletion,
  'account.mail_deletion': mailDeletion,
  'account.begin_erasures': async (app) => {
    const ana = await buildUser(app, 'ana');
    const due = app.db.query('UPDATE users SET deletion_due_at = now() WHERE id = $1', [ana.id]);
    return repeated(app, due, 'users WHERE id = $1', ana.id);
  },
  'account.erase': async (app) => {
    const [ana, ben] = await buildUsers(app, 'ana', 'ben');
    const message = await say(app, ana, await buildPrivateChat(app, ana, ben));
    await app.db.query('UPDATE users SET deletion_due_at = now() WHERE id = $1', [ana.id]);
    await app.get(ErasuresService).begin(ana.id);
    const look = async () => [
      await count(app, 'users WHERE id = $1', ana.id)(),
      await count(app, 'messages WHERE id = $1 AND sender_id <> $2', message, ana.id)(),
    ];
    return { work: { user_id: ana.id }, look, is: [GONE, ONCE] };
  },
  'presence.sweep': async (app) => {
    const ana = await buildUser(app, 'ana');
    const key = (name: string) => app.get(RedisKeys).key('presence', name);
    await inRedis(app, (redis) => redis.multi().hset(key('told'), ana.id, 'online').zadd(key('due'), 0, ana.id).exec());
    return { work: {}, look: () => inRedis(app, (redis) => redis.hget(key('told'), ana.id)), is: null };
  },
};
