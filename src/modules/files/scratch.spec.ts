import { existsSync } from 'node:fs';
import { utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { inScratch, removeAbandoned } from 'src/modules/files/scratch';

test('a folder is there for the time of the work, however that ends', async () => {
  let folder = '';
  const work = async (given: string) => {
    await writeFile(path.join((folder = given), 'original'), 'x');
    return 'done';
  };
  expect(await inScratch(work)).toBe('done');
  expect(existsSync(folder)).toBe(false);
  const fails = (given: string) => work(given).then(() => Promise.reject(new Error('broken')));
  await expect(inScratch(fails)).rejects.toThrow('broken');
  expect(existsSync(folder)).toBe(false);
});

test('what a killed process has left goes after a day, what is in use stays', async () => {
  await inScratch(async (folder) => {
    await removeAbandoned();
    expect(existsSync(folder)).toBe(true);
    // the folder's own time, not a later now: other tests' folders lie beside it
    const yesterday = new Date(Date.now() - 86_400_000 - 60_000);
    await utimes(folder, yesterday, yesterday);
    await removeAbandoned();
    expect(existsSync(folder)).toBe(false);
  });
});
