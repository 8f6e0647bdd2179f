import type { FastifyInstance } from 'fastify';
import { ValidationFailed } from 'src/core/errors/common.errors';

const DEEPEST = 32;
const [QUOTE, BACKSLASH, BRACE, BRACE_END, BRACKET, BRACKET_END] = [...'"\\{}[]'].map((sign) => sign.charCodeAt(0));

/** Whether something is nested deeper in a JSON text than that; one look at each character. */
export function isDeeperThan(most: number, json: string): boolean {
  let [depth, isText] = [0, false];
  for (let at = 0; at < json.length; at++) {
    const sign = json.charCodeAt(at);
    if (sign === QUOTE) isText = !isText;
    else if (isText) at += sign === BACKSLASH ? 1 : 0;
    else if (sign === BRACE || sign === BRACKET) {
      if (++depth > most) return true;
    } else if (sign === BRACE_END || sign === BRACKET_END) depth--;
  }
  return false;
}

/** JSON that is nested too deep is refused before it is read: whoever walks through it later would run out of stack. */
export function readJsonBodies(fastify: FastifyInstance) {
  const parse = fastify.getDefaultJsonParser('remove', 'remove');
  fastify.removeContentTypeParser('application/json');
  fastify.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (isDeeperThan(DEEPEST, body as string)) done(ValidationFailed());
    else void parse(request, body as string, done);
  });
}
