import { join } from 'node:path';
import { Lock } from './lock.mjs';

/** Held by the Muster that runs from `home`; its holder's `url` tells where it answers, once it does. */
export const instanceLock = (home) => new Lock(join(home, 'instance'));
