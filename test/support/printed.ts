import { readFileSync, writeFileSync } from 'node:fs';

/** Is the committed file what the code prints? `npm run docs` writes it anew. */
export function expectPrinted(file: string, content: string) {
  if (process.env.UPDATE_DOCS) writeFileSync(file, content);
  expect(readFileSync(file, 'utf8')).toBe(content);
}
