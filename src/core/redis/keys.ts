import { Inject, Injectable } from '@nestjs/common';
import { ENV, type Env } from 'src/config/env';
import { groupBy } from 'src/core/collections/collections';
import { currentContext } from 'src/core/context/context';
import { crc32 } from 'node:zlib';

/** Builds keys that begin alike: `<beginning>:<tenant>:<what>:<of whom>`. */
export class KeyNames {
  constructor(private readonly beginning: string) {}

  /** A key of the tenant in the context. */
  key(...parts: (string | number)[]): string {
    return this.keyOf(currentContext().tenantId, ...parts);
  }

  keyOf(tenantId: string, ...parts: (string | number)[]): string {
    return this.shared(tenantId, ...parts);
  }

  /** A name that all tenants share: channels between nodes, queues. */
  shared(...parts: (string | number)[]): string {
    return [this.beginning, ...parts].join(':');
  }
}

/** Keys that a script, a pipeline or a transaction may take together: on a cluster they are all in one slot. */
export type Partition = KeyNames;

/** Hash tags of which each falls into another sixteenth of a cluster's slots, so that up to so many shards have their share. */
const TAGS = [18, 3, 83, 58, 19, 2, 95, 59, 12, 34, 81, 49, 13, 22, 97, 48];

/**
 * Builds every Redis key; no key is built anywhere else. Those that it builds itself stand alone, wherever their names put them. What is
 * taken together with other keys is built by the partition of whom or what it belongs to; there is one, unless Redis is a cluster.
 */
@Injectable()
export class RedisKeys extends KeyNames {
  readonly partitions: Partition[];

  constructor(@Inject(ENV) env: Pick<Env, 'REDIS_PREFIX' | 'REDIS_CLUSTER'>) {
    super(env.REDIS_PREFIX);
    this.partitions = env.REDIS_CLUSTER ? TAGS.map((tag) => new KeyNames(`${env.REDIS_PREFIX}:{${tag}}`)) : [this];
  }

  /** Where all is kept that belongs to somebody: a user's, an address's, a queue's. */
  partitionOf(whose: string): Partition {
    const { partitions } = this;
    return partitions.length === 1 ? partitions[0]! : partitions[crc32(whose) % partitions.length]!;
  }

  /** Makes one of something for each partition; gives the one of the partition in which somebody's keys are. */
  inEach<Made>(make: (partition: Partition) => Made): (whose: string) => Made {
    const made = new Map(this.partitions.map((partition) => [partition, make(partition)]));
    return (whose) => made.get(this.partitionOf(whose))!;
  }

  /** Does `work` for the items of each partition, at once; gives what comes of each item, in their order. */
  async divide<Item, Result>(
    items: Item[],
    whose: (item: Item) => string,
    work: (items: Item[], partition: Partition) => Promise<Result[]>,
  ): Promise<Result[]> {
    if (this.partitions.length === 1) return work(items, this.partitions[0]!);
    const results = new Array<Result>(items.length);
    const places = groupBy(items.keys(), (place) => this.partitionOf(whose(items[place]!)));
    await Promise.all(
      [...places].map(async ([partition, own]) => {
        const some = await work(
          own.map((place) => items[place]!),
          partition,
        );
        own.forEach((place, index) => (results[place] = some[index]!));
      }),
    );
    return results;
  }
}

/** The name of a Socket.IO room of the tenant in the context: `room('user', id)`, `room('chat', id)`. */
export const room = (kind: 'user' | 'session' | 'chat' | 'language', id: string | number): string =>
  `${currentContext().tenantId}:${kind}:${id}`;

/** Whether nodes list that they have connections in the room. The others are told to all nodes: they are not much talked in. */
export const isListed = (room: string): boolean => /:(user|chat):/.test(room);
