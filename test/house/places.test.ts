import { existsSync, readdirSync, readFileSync } from 'node:fs';

const under = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => `${folder}/${file}`);
const files = ['src', 'test', 'bench', 'scripts', 'deploy', 'migrations'].flatMap(under);
const documents = ['README.md', 'bench/README.md', ...under('docs').filter((file) => file.endsWith('.md'))];

/** What is named in a document as code is: `a/b.ts`, by the end of its path, or a test as `features/sync`. */
const SOURCE = /^[\w-][\w./-]*\.(?:ts|mjs|cjs)$/;
const TEST = /^(?:test\/)?((?:browser|core|faults|features|hostile|house|races)\/[\w-]+)$/;
/** Made up for the reader, or what may not be. */
const EXAMPLES = ['index.ts'];

const isThere = (named: string): boolean => {
  const test = TEST.exec(named)?.[1];
  if (test) return files.some((file) => [`test/${test}.test.ts`, `test/${test}`, `src/${test}`].includes(file));
  return existsSync(named) || files.some((file) => file.endsWith(`/${named}`));
};

test('the files and tests that documents name are there', () => {
  const named = documents.flatMap((document) =>
    [...readFileSync(document, 'utf8').matchAll(/`([^`\n]+)`/g)].flatMap(([, text]) =>
      (SOURCE.test(text!) || TEST.test(text!)) && !EXAMPLES.includes(text!) ? [{ document, text: text! }] : [],
    ),
  );
  expect(named.length).toBeGreaterThan(100);
  expect(named.filter(({ text }) => !isThere(text))).toEqual([]);
});

/** The tests in the last column of a table, of which those that share a folder name it once. */
function shownBy(document: string): string[] {
  const rows = readFileSync(document, 'utf8')
    .split('\n')
    .filter((line) => /^\| /.test(line));
  return rows.flatMap((row) => {
    const last = row.split('|').at(-2)!;
    let folder = '';
    return [...last.matchAll(/`([\w/-]+(?:\/\*)?)`/g)].map(([, name]) => {
      if (name!.includes('/')) folder = name!.slice(0, name!.lastIndexOf('/') + 1);
      return name!.includes('/') ? name! : `${folder}${name}`;
    });
  });
}

test.each(['docs/faults.md', 'docs/security.md'])('what %s says is shown by a test is shown by one', (document) => {
  const shown = shownBy(document);
  expect(shown.length).toBeGreaterThan(20);
  const isKnown = (name: string) => [`test/${name}.test.ts`, `${name}.mjs`, name.replace(/(.*)\/\*$/, 'test/$1')].some(existsSync); // oxfmt-ignore
  expect(shown.filter((name) => !isKnown(name))).toEqual([]);
});
