import { Injectable } from '@nestjs/common';
import { Database } from 'src/core/database/database';
import { Bus } from 'src/core/events/bus';
import { id as rowId } from 'src/core/fields/fields';
import { Streams } from 'src/core/streams/streams';
import { placeOf, toPage, type Page, type PageQuery } from 'src/core/http/paging';
import { BlocksRepository, type BlockRow, type Pair } from 'src/modules/users/blocks.repository';
import { CannotBlockSelf } from 'src/modules/users/users.errors';
import { UsersService } from 'src/modules/users/users.service';

/** Who wants to have nothing to do with whom. A block holds both ways, and nobody is told of it. */
@Injectable()
export class BlocksService {
  constructor(
    private readonly db: Database,
    private readonly bus: Bus,
    private readonly streams: Streams,
    private readonly users: UsersService,
    private readonly blocks: BlocksRepository,
  ) {}

  /** Safe to repeat. Throws `user.not_found` or `user.cannot_block_self`. */
  async block(userId: string, otherId: string): Promise<void> {
    if (userId === otherId) throw CannotBlockSelf();
    await this.users.get(otherId);
    await this.db.tx(async () => {
      await this.blocks.hold(userId, otherId);
      const since = await this.blocks.insert(userId, otherId);
      if (!since) return;
      await this.bus.publish('user.blocked', { user_id: userId, other_id: otherId, since: since.toISOString() });
      await this.streams.append(userId, 'block_changed', { user_id: otherId, is_blocked: true });
    });
  }

  /** Safe to repeat. Another's block of the caller stays. */
  async unblock(userId: string, otherId: string): Promise<void> {
    await this.db.tx(async () => {
      if (!(await this.blocks.delete(userId, otherId))) return;
      await this.bus.publish('user.unblocked', { user_id: userId, other_id: otherId });
      await this.streams.append(userId, 'block_changed', { user_id: otherId, is_blocked: false });
    });
  }

  /** To the end of the open transaction no block between the two begins: who looks for one now, and goes on, is before all that come. */
  hold = (one: string, other: string): Promise<void> => this.blocks.hold(one, other);

  /** Those whom the user has blocked, newest first. */
  async list(userId: string, { limit, cursor }: PageQuery): Promise<Page<BlockRow>> {
    const rows = await this.blocks.list(userId, placeOf(rowId(), cursor), limit + 1);
    return toPage(rows, limit, ({ blockId }) => blockId);
  }

  /** Those of the others who have blocked the user, or whom he has: one query for any number. */
  async blockedBetween(userId: string, otherIds: string[]): Promise<Set<string>> {
    return otherIds.length ? this.blocks.between(userId, otherIds) : new Set();
  }

  /** All who have blocked one of the users, or whom he has, by user: one query for any number. */
  allOf = (userIds: string[]): Promise<Map<string, string[]>> => this.blocks.all(userIds);

  /** Those of the pairs between whom nothing can be sent: one has blocked the other, or is not active any more. */
  async parted(pairs: Pair[]): Promise<Pair[]> {
    return pairs.length ? this.blocks.parted(pairs) : [];
  }
}
