import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { AsyncLocalStorage } from 'node:async_hooks';
import type { EventEmitter } from 'node:events';
import { setImmediate, setTimeout } from 'node:timers/promises';
import type { Pool, PoolClient } from 'pg';
import { ENV, type Env } from 'src/config/env';
import { createDataSource } from 'src/core/database/data-source';
import { shareWhenShort } from 'src/core/database/shortage';
import { gather, Turns } from 'src/core/database/turns';
import { type DataSource, type EntityManager, type EntityTarget, type ObjectLiteral, type Repository } from 'typeorm';

type Task = () => unknown;
interface Scope {
  manager: EntityManager;
  client: PoolClient;
  afterCommit: Task[];
  /** Instead of these, if nobody can say whether it was committed. */
  inDoubt: Task[];
  /** Statements that are on their way and that only the commit waits for. */
  unawaited: Promise<unknown>[];
}

/** Who waited for a lock reads what is true now, whatever the server, the database or the role begins transactions with. */
const BEGIN = 'START TRANSACTION ISOLATION LEVEL READ COMMITTED';
const BEGIN_WITH_PLANS = `${BEGIN}; SET LOCAL plan_cache_mode = force_generic_plan`;
const SERIALIZATION_FAILURE = '40001';
const DEADLOCK = '40P01';
/** An earlier statement has failed. */
const IN_FAILED_TRANSACTION = '25P02';
/** PostgreSQL said itself that it did not commit: a constraint that is checked at the end, a serialization failure. */
const REFUSED_COMMIT = /^(23|40)/;
const ATTEMPTS = 3;
/** So that who was waiting gets what he waited for before it is asked for again. */
const PAUSE_MS = 20;

/**
 * The one way to the database. Inside `tx` every `repo` and `query` is the transaction's; a nested `tx` joins it. Statements that are
 * not awaited one by one travel together; those by `prepared` and `write` run in the order in which they were asked for.
 */
@Injectable()
export class Database implements OnModuleInit {
  readonly source: DataSource;
  private readonly scope = new AsyncLocalStorage<Scope>();
  private readonly turns = new Turns(() => this.pool);
  private readonly running = new Set<Promise<unknown>>();
  private readonly logger = new Logger('Database');

  constructor(@Inject(ENV) env: Env) {
    this.source = createDataSource(env);
  }

  async onModuleInit() {
    await this.source.initialize();
    shareWhenShort(this.pool);
  }

  async close() {
    await this.settle();
    if (this.source.isInitialized) await this.source.destroy();
    // else every promise of this process would go on asking for it
    this.scope.disable();
  }

  get inTransaction(): boolean {
    return this.scope.getStore() !== undefined;
  }

  repo<E extends ObjectLiteral>(entity: EntityTarget<E>): Repository<E> {
    return this.manager.getRepository(entity);
  }

  /** Rows of a statement with `$1…` parameters; for `INSERT`, `UPDATE` and `DELETE` those of `RETURNING`. */
  query<Row extends object = Record<string, unknown>>(sql: string, parameters: unknown[] = []): Promise<Row[]> {
    return this.run<Row>({ text: sql, values: parameters });
  }

  /**
   * The rows of a short statement that many requests run: PostgreSQL parses and plans it once for each connection and knows it from then
   * on by its `name`. One name is always the same statement. Those that are asked for at once share a connection.
   */
  prepared<Row extends object>(name: string, sql: string, parameters: unknown[]): Promise<Row[]> {
    if (this.inTransaction) return this.run<Row>({ name, text: sql, values: parameters });
    this.source.logger.logQuery(sql, parameters);
    return this.turns.query<Row>({ name, text: sql, values: parameters });
  }

  /**
   * A statement like `prepared` whose outcome nobody needs but that it succeeds: it travels with what the open transaction asks next,
   * at the latest with its commit, and if it fails so does the transaction. Who wants its rows asks what it gives, within the
   * transaction or after its commit.
   */
  write<Row extends object>(name: string, sql: string, parameters: unknown[]): () => Promise<Row[]> {
    const { client, unawaited } = this.open();
    this.source.logger.logQuery(sql, parameters);
    gather(client);
    const result = client.query<Row>({ name, text: sql, values: parameters });
    leave(unawaited, result);
    return async () => (await result).rows;
  }

  /**
   * Runs `work` in one transaction, again (at most three times) if PostgreSQL chose it to break a deadlock. With `plansOnce` PostgreSQL keeps
   * its plans of statements that are known by name, whatever arrays they are given: for batches, which it would plan anew for each size.
   */
  async tx<T>(work: () => T | Promise<T>, { plansOnce = false } = {}): Promise<T> {
    if (this.inTransaction) return work();
    for (let attempt = 1; ; attempt++) {
      const tasks: Pick<Scope, 'afterCommit' | 'inDoubt'> = { afterCommit: [], inDoubt: [] };
      try {
        const result = await this.attempt(work, tasks, plansOnce ? BEGIN_WITH_PLANS : BEGIN);
        tasks.afterCommit.forEach((task) => this.launch(task));
        return result;
      } catch (error) {
        if (attempt === ATTEMPTS || ![SERIALIZATION_FAILURE, DEADLOCK].includes(codeOf(error))) throw error;
        await setTimeout(PAUSE_MS);
      }
    }
  }

  /**
   * Runs once the open transaction has committed, never if it rolls back; nobody waits for it. If the answer to its commit is lost,
   * `inDoubt` runs instead: it may have committed.
   */
  onCommit(task: Task, inDoubt?: Task) {
    const scope = this.open();
    scope.afterCommit.push(task);
    if (inDoubt) scope.inDoubt.push(inDoubt);
  }

  /** Waits for after-commit work that is still running: for shutdown and tests. */
  async settle() {
    while (this.running.size) await Promise.allSettled(this.running);
  }

  /** Its beginning travels with its first statement, and what nobody waited for with its end. */
  private async attempt<T>(
    work: () => T | Promise<T>,
    tasks: Pick<Scope, 'afterCommit' | 'inDoubt'>,
    begin: string,
  ): Promise<T> {
    const runner = this.source.createQueryRunner();
    const client = (await runner.connect()) as PoolClient;
    (runner as { isTransactionActive: boolean }).isTransactionActive = true; // so that TypeORM begins none
    const scope: Scope = { manager: runner.manager, client, ...tasks, unawaited: [] };
    const failed = firstFault(client);
    try {
      gather(client);
      leave(scope.unawaited, client.query(begin));
      const result = await this.scope.run(scope, work);
      const committed = client.query('COMMIT');
      leave(scope.unawaited, committed);
      committed.catch((error: unknown) => {
        if (!REFUSED_COMMIT.test(codeOf(error))) scope.inDoubt.forEach((task) => this.launch(task));
      });
      await Promise.all(scope.unawaited);
      if ((await committed).command !== 'COMMIT') throw new Error('committed in spite of a failed statement');
      return result;
    } catch (error) {
      await client.query('ROLLBACK').catch(() => undefined);
      throw codeOf(error) === IN_FAILED_TRANSACTION ? (failed.first ?? error) : error;
    } finally {
      failed.forget();
      await runner.release();
    }
  }

  private async run<Row extends object>(statement: { name?: string; text: string; values: unknown[] }): Promise<Row[]> {
    this.source.logger.logQuery(statement.text, statement.values);
    const client = this.scope.getStore()?.client;
    if (client) gather(client);
    return (await (client ?? this.pool).query<Row>(statement)).rows;
  }

  /** The open transaction. */
  private open(): Scope {
    const scope = this.scope.getStore();
    if (!scope) throw new Error('outside a transaction');
    return scope;
  }

  private get manager(): EntityManager {
    return this.scope.getStore()?.manager ?? this.source.manager;
  }

  /** TypeORM's own. */
  private get pool(): Pool {
    return (this.source.driver as unknown as { master: Pool }).master;
  }

  private launch(task: Task) {
    // what is to be committed next goes first
    const run = setImmediate()
      .then(task)
      .catch((error: unknown) => this.logger.error('after-commit work failed', error))
      .finally(() => this.running.delete(run));
    this.running.add(run);
  }
}

/**
 * What a transaction fails of first. Of statements that travel together those behind it fail too, only since they come after it, and who
 * waits for several of them may hear of such a one before.
 */
function firstFault(client: PoolClient) {
  const { connection } = client as unknown as { connection: EventEmitter };
  const fault = {
    first: undefined as Error | undefined,
    note: (error: Error) => (fault.first ??= error),
    forget: () => connection.off('errorMessage', fault.note),
  };
  connection.on('errorMessage', fault.note);
  return fault;
}

/** It is waited for at the end; until then nobody hears that it has failed. */
function leave(unawaited: Promise<unknown>[], statement: Promise<unknown>) {
  statement.catch(() => undefined);
  unawaited.push(statement);
}

const codeOf = (error: unknown): string => (error as { code?: string }).code ?? '';
