import { parseArgs } from 'node:util';
import { Failure } from '../lib/failure.mjs';

const DEFAULT_SPEED = 60;
const FASTEST = 10_000;

export const USAGE = `npm run demo -- [--speed <times>] [--url <address>]

  --speed  how many times faster than recorded the tracks are replayed: 1 to ${FASTEST}; ${DEFAULT_SPEED} if not given
  --url    a Muster to play at; if not given, the one that runs from here, or one started for the demo`;

/** `{ speed, url, help }` out of the command's arguments. Throws `Failure` for what can't be understood. */
export function readOptions(args) {
  const { speed, url, help } = parse(args);
  return { speed: speedOf(speed), url: url && addressOf(url), help };
}

function parse(args) {
  const options = {
    speed: { type: 'string', default: String(DEFAULT_SPEED) },
    url: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  };
  try {
    return parseArgs({ args, options }).values;
  } catch (error) {
    throw new Failure(`${error.message}\n\n${USAGE}`);
  }
}

function speedOf(text) {
  const speed = Number(text);
  if (text.trim() && speed >= 1 && speed <= FASTEST) return speed;
  throw new Failure(`--speed must be a number from 1 to ${FASTEST}.`);
}

function addressOf(text) {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return new URL(text).origin;
  throw new Failure('--url must be an address such as http://127.0.0.1:8000.');
}
