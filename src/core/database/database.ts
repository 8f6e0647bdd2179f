import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Pool, PoolClient } from 'pg';
import { ENV, type Env } from 'src/config/env';
import { createDataSource } from 'src/core/database/data-source';
import { type DataSource, type EntityManager, type EntityTarget, type ObjectLiteral, type Repository } from 'typeorm';

type Task = () => unknown;
interface Scope {
  manager: EntityManager;
  afterCommit: Task[];
}

const SERIALIZATION_FAILURE = '40001';
const DEADLOCK = '40P01';
const ATTEMPTS = 3;

/** The one way to the database. Inside `tx` every `repo` and `query` is the transaction's; a nested `tx` joins it. */
@Injectable()
export class Database implements OnModuleInit {
  readonly source: DataSource;
  private readonly scope = new AsyncLocalStorage<Scope>();
  private readonly running = new Set<Promise<unknown>>();
  private readonly logger = new Logger('Database');

  constructor(@Inject(ENV) env: Env) {
    this.source = createDataSource(env);
  }

  async onModuleInit() {
    await this.source.initialize();
  }

  async close() {
    await this.settle();
    if (this.source.isInitialized) await this.source.destroy();
  }

  get inTransaction(): boolean {
    return this.scope.getStore() !== undefined;
  }

  repo<E extends ObjectLiteral>(entity: EntityTarget<E>): Repository<E> {
    return this.manager.getRepository(entity);
  }

  /** Rows of a statement with `$1…` parameters; for `INSERT`, `UPDATE` and `DELETE` those of `RETURNING`. */
  async query<Row = Record<string, unknown>>(sql: string, parameters: unknown[] = []): Promise<Row[]> {
    const result = await this.manager.query<Row[] | [Row[], number]>(sql, parameters);
    return isRowsAndCount(result) ? result[0] : result;
  }

  /**
   * The rows of a statement that many requests run, by the shortest way: PostgreSQL parses it once for each connection and knows it
   * from then on by its `name`, and TypeORM is not asked. One name is always the same statement.
   */
  async prepared<Row extends object>(name: string, sql: string, parameters: unknown[]): Promise<Row[]> {
    const query = { name, text: sql, values: parameters };
    const { queryRunner } = this.manager;
    const source = queryRunner ? ((await queryRunner.connect()) as PoolClient) : this.pool;
    this.source.logger.logQuery(sql, parameters);
    return (await source.query<Row>(query)).rows;
  }

  /** Runs `work` in one transaction, again (at most three times) if PostgreSQL chose it to break a deadlock. */
  async tx<T>(work: () => Promise<T>): Promise<T> {
    if (this.inTransaction) return work();
    for (let attempt = 1; ; attempt++) {
      const afterCommit: Task[] = [];
      try {
        const result = await this.source.transaction((manager) => this.scope.run({ manager, afterCommit }, work));
        afterCommit.forEach((task) => this.launch(task));
        return result;
      } catch (error) {
        const { code } = error as { code?: string };
        if (attempt === ATTEMPTS || (code !== SERIALIZATION_FAILURE && code !== DEADLOCK)) throw error;
      }
    }
  }

  /** Runs once the open transaction has committed, never if it rolls back; nobody waits for it. */
  onCommit(task: Task) {
    const scope = this.scope.getStore();
    if (!scope) throw new Error('onCommit outside a transaction');
    scope.afterCommit.push(task);
  }

  /** Waits for after-commit work that is still running: for shutdown and tests. */
  async settle() {
    while (this.running.size) await Promise.allSettled(this.running);
  }

  private get manager(): EntityManager {
    return this.scope.getStore()?.manager ?? this.source.manager;
  }

  /** TypeORM's own. */
  private get pool(): Pool {
    return (this.source.driver as unknown as { master: Pool }).master;
  }

  private launch(task: Task) {
    const run = Promise.resolve()
      .then(task)
      .catch((error: unknown) => this.logger.error('after-commit work failed', error))
      .finally(() => this.running.delete(run));
    this.running.add(run);
  }
}

const isRowsAndCount = <Row>(result: Row[] | [Row[], number]): result is [Row[], number] =>
  result.length === 2 && Array.isArray(result[0]) && typeof result[1] === 'number';
