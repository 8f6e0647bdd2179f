import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { FastifyAdapter } from '@bull-board/fastify';
import { Inject, Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Queue } from 'bullmq';
import fastifyOf, { type FastifyInstance } from 'fastify';
import { createHash } from 'node:crypto';
import { ENV, type Env } from 'src/config/env';
import { currentContext } from 'src/core/context/context';
import { MethodNotAllowed } from 'src/core/errors/common.errors';
import { Faults } from 'src/core/errors/faults';
import { serveOnDemand } from 'src/core/http/on-demand';
import { sendProblem } from 'src/core/http/problem';
import { I18n } from 'src/core/i18n/i18n';
import { QUEUE_NAMES, queuePrefix } from 'src/core/jobs/queues';
import { RedisKeys } from 'src/core/redis/keys';
import { RedisConnections } from 'src/core/redis/redis';
import { shownData } from 'src/modules/admin/job-data';
import { QUEUES_PATH, QueuesAccess } from 'src/modules/admin/queues.access';
import { SIGN_IN_SCRIPT, signInPage } from 'src/modules/admin/sign-in.page';

const SCRIPT_HASH = createHash('sha256').update(SIGN_IN_SCRIPT).digest('base64');
const SIGN_IN_CSP = `default-src 'none'; script-src 'sha256-${SCRIPT_HASH}'; style-src 'unsafe-inline'; connect-src 'self'; form-action 'none'; frame-ancestors 'none'`;
const BOARD_CSP =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'self'; frame-ancestors 'none'";

const READING = ['GET', 'HEAD'];

/**
 * The queues as BullMQ has them, for admins' browsers, to be looked at: what must happen is in the outbox, so that a job removed or
 * run again from here would only come back. Read-only, it gives other pages nothing to make a browser do.
 */
@Injectable()
export class QueuesPage implements BeforeApplicationShutdown {
  private queues: Queue[] = [];

  constructor(
    @Inject(ENV) private readonly env: Pick<Env, 'APP_NAME'>,
    private readonly access: QueuesAccess,
    private readonly connections: RedisConnections,
    private readonly keys: RedisKeys,
    private readonly i18n: I18n,
    private readonly faults: Faults,
  ) {}

  /** Adds the page to the server. */
  serve(app: NestFastifyApplication) {
    void app
      .getHttpAdapter()
      .getInstance()
      .register((scope, _options, done) => {
        scope.addHook('onRequest', async (request, reply) => {
          void reply.headers({ 'Cache-Control': 'no-store', 'Content-Security-Policy': BOARD_CSP });
          if (await this.access.admits(request.headers.cookie)) {
            if (READING.includes(request.method)) return;
            sendProblem(reply, this.faults, MethodNotAllowed());
            return reply;
          }
          const text = (key: string) => this.i18n.text(currentContext().language, `common:queues.${key}`, {});
          void reply.header('Content-Security-Policy', SIGN_IN_CSP);
          return reply
            .status(401)
            .type('text/html')
            .send(signInPage(this.env.APP_NAME, currentContext().language, text));
        });
        serveOnDemand(scope, { prefix: QUEUES_PATH, methods: [...READING, 'POST', 'PUT', 'PATCH', 'DELETE'] }, () =>
          this.open(),
        );
        done();
      });
  }

  async beforeApplicationShutdown() {
    await Promise.all(this.queues.map((queue) => queue.close()));
  }

  /** Only when somebody looks: most processes never need these connections. */
  private async open(): Promise<FastifyInstance> {
    const connection = await this.connections.forCommands('queues-page');
    this.queues = QUEUE_NAMES.map(
      (name) => new Queue(name, { connection, prefix: queuePrefix(this.keys, name), skipMetasUpdate: true }),
    );
    const adapters = this.queues.map((queue) => {
      const adapter = new BullMQAdapter(queue, { readOnlyMode: true });
      adapter.setFormatter('data', (data: unknown) => shownData(data));
      adapter.setFormatter('returnValue', (value: unknown) => shownData(value));
      return adapter;
    });
    const serverAdapter = new FastifyAdapter().setBasePath(QUEUES_PATH);
    const uiConfig = { boardTitle: this.env.APP_NAME, hideDocsLink: true, miscLinks: [] };
    createBullBoard({ queues: adapters, serverAdapter, options: { uiConfig } });
    const board = fastifyOf();
    await board.register(serverAdapter.registerPlugin(), { prefix: QUEUES_PATH });
    return board;
  }
}
