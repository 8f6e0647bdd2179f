import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the project, wherever the command was given from. */
export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

export const inProject = (...parts) => join(ROOT, ...parts);

/** Where this Muster keeps what must stay: MUSTER_HOME, as the server reads it. */
export const musterHome = () => resolve(ROOT, process.env.MUSTER_HOME || '.muster');
