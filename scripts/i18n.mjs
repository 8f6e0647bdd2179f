import { resolve } from 'node:path';
import { Failure, report } from './lib/failure.mjs';
import { inProject } from './lib/project.mjs';
import { inspect } from './lib/texts.mjs';

// `npm run i18n [folder]`: is everything that people read there, in every language? Status 1 if something is missing or wrong.

function main([folder = process.env.I18N_DIR || 'i18n', ...rest]) {
  if (rest.length) throw new Failure('Usage: npm run i18n [-- <folder of the texts>]');
  const { languages, keys, missing, unused } = inspect(resolve(folder), inProject('src'));
  for (const fault of missing) console.log(fault);
  for (const key of unused) console.log(`${key} is used nowhere`);
  console.log(`${keys} texts in ${languages.join(', ')}: ${missing.length} missing or wrong, ${unused.length} unused`);
  return missing.length ? 1 : 0;
}

try {
  process.exitCode = main(process.argv.slice(2));
} catch (error) {
  report(error);
  process.exitCode = 1;
}
