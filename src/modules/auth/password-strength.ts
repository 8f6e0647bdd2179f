import { ZxcvbnFactory } from '@zxcvbn-ts/core';
import { adjacencyGraphs, dictionary } from '@zxcvbn-ts/language-common';
import type { FieldFault } from 'src/core/errors/app-error';

/** zxcvbn's scores go from 0 to 4; from 3 on a password withstands guessing even by somebody who has stolen its hash. */
const ENOUGH = 3;
/** Its effort grows fast with the length, on the event loop; what is strong so far stays strong (the worst takes 35 ms). */
const LOOKED_AT = 24;
const LEET_READINGS = 10;

let zxcvbn: ZxcvbnFactory | undefined;
/** Made when first needed: it takes 23 MB, and a worker needs none. */
const estimator = () =>
  (zxcvbn ??= new ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs, l33tMaxSubstitutions: LEET_READINGS }));

/** Why the password can be guessed too easily, also by who knows what is said `about` its user; undefined if it cannot. */
export function weakness(password: string, field: string, about: (string | null)[]): FieldFault | undefined {
  const beginning = [...password.normalize('NFKC')].slice(0, LOOKED_AT).join('');
  const known = about.flatMap((text) => (text ? [text, ...text.split(/[\s@._-]+/)] : []));
  const result = estimator().check(beginning, known);
  if (result.score >= ENOUGH) return undefined;
  return reason(result.feedback.warning, field);
}

/** zxcvbn tells by a key what makes a password weak. */
function reason(warning: string | null, field: string): FieldFault {
  switch (warning) {
    case 'topTen':
    case 'topHundred':
    case 'common':
      return { field, code: 'password_common' };
    case 'similarToCommon':
      return { field, code: 'password_similar_to_common' };
    case 'straightRow':
    case 'keyPattern':
      return { field, code: 'password_keyboard' };
    case 'simpleRepeat':
    case 'extendedRepeat':
      return { field, code: 'password_repeats' };
    case 'sequences':
      return { field, code: 'password_sequence' };
    case 'recentYears':
    case 'dates':
      return { field, code: 'password_date' };
    case 'userInputs':
      return { field, code: 'password_personal' };
    default:
      return { field, code: 'password_guessable' };
  }
}
