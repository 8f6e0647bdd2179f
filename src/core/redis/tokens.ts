/** The shared Redis connection for commands, which fail when Redis is away: `@Inject(COMMANDS) redis: Redis`. */
export const COMMANDS = Symbol('REDIS_COMMANDS');

/** The shared Redis connection for hints to other processes, which are dropped when Redis is away. */
export const HINTS = Symbol('REDIS_HINTS');
