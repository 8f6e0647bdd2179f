import * as merged from 'src/contracts';
import { readdirSync } from 'node:fs';
import path from 'node:path';

type Part = Record<string, Record<string, unknown>>;
const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.contract.ts'));

test('every contract is on the page, and no name is in two features', async () => {
  const named: Record<string, string[]> = { facts: [], requests: [], pushes: [], jobs: [] };
  for (const file of files) {
    const contract = (await import(path.resolve('src', file))) as Part;
    for (const [part, entries] of Object.entries(contract)) {
      const kind = Object.keys(named).find((one) => part.toLowerCase().endsWith(one));
      if (kind) named[kind]!.push(...Object.keys(entries));
    }
  }
  for (const [kind, names] of Object.entries(named)) {
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
    expect(Object.keys(merged[kind as 'facts']).sort()).toEqual(names.sort());
  }
});
