import { AsyncLocalStorage } from 'node:async_hooks';

/** Who acts: proved by an access token, on REST and on sockets alike. */
export interface Principal {
  userId: string;
  sessionId: string;
  tenantId: string;
  /** The language the user chose for himself, if any. */
  language: string | null;
}

/** What is true of the request, socket event or job that is being worked on. */
export interface Context {
  /** 32 hex digits; goes from the request through its facts and jobs to every log line. */
  traceId: string;
  tenantId: string;
  language: string;
  user?: Principal;
}

export const DEFAULT_TENANT = 'default';

const storage = new AsyncLocalStorage<Context>();
/** What is true outside of any work. */
export const NOBODY: Context = Object.freeze({ traceId: '0'.repeat(32), tenantId: DEFAULT_TENANT, language: 'en' });

/** The context of the running work; outside of any, nobody's in the default tenant. */
export const currentContext = (): Context => storage.getStore() ?? NOBODY;

export const runInContext = <T>(context: Context, work: () => T): T => storage.run(context, work);

/** Runs work that serves many callers at once, and so belongs to none of their contexts. */
export const outsideContext = <T>(work: () => T): T => storage.exit(work);
