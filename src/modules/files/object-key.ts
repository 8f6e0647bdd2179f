import { randomUUID } from 'node:crypto';

/** Where to store a new object: below a folder of ours, under a name that nobody can guess. */
export const objectKey = (folder: string, extension: string): string => `${folder}/${randomUUID()}.${extension}`;
