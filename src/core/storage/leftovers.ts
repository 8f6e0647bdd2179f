import { Injectable, Logger } from '@nestjs/common';
import { AppError } from 'src/core/errors/app-error';
import { Storage } from 'src/core/storage/storage';

/** Objects that were stored for rows which did not come. */
@Injectable()
export class Leftovers {
  private readonly logger = new Logger('Leftovers');

  constructor(private readonly storage: Storage) {}

  /**
   * What `register` gives, which names stored objects in rows. They go if it refuses. If anything else fails, the rows may be there all
   * the same, for PostgreSQL may have committed them though its answer was lost: then they stay, and the sweeper removes them if
   * nothing names them.
   */
  async unlessRegistered<T>(keys: string[], register: () => Promise<T>): Promise<T> {
    try {
      return await register();
    } catch (error) {
      if (error instanceof AppError) await this.discard(keys);
      throw error;
    }
  }

  /** Of objects that no row was to name yet. They are the sweeper's if it can't be done: another fault is what matters then. */
  async discard(keys: string[]): Promise<void> {
    for (const key of keys)
      await this.storage
        .delete(key)
        .catch((error: unknown) => this.logger.warn(`${key} is left over: ${String(error)}`));
  }
}
