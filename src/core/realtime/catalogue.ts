import { pushes, requests } from 'src/contracts';
import { z } from 'zod';

interface JsonSchema {
  $ref?: string;
  type?: string | string[];
  const?: unknown;
  enum?: unknown[];
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  allOf?: JsonSchema[];
  items?: JsonSchema;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  additionalProperties?: JsonSchema | false;
  format?: string;
  description?: string;
}

const INTRODUCTION = `# Socket events

Connect with any Socket.IO 4 client to the address of the API, with the access token in the handshake:
\`io(url, { auth: { token, language: 'ja' } })\` (\`language\` is optional). Without a good token the connection is refused with a
\`connect_error\` whose \`data\` is \`{ code, message, params }\`: get a new token, or wait for \`params.retry_after\` seconds, and say
\`socket.connect()\`; Socket.IO's client does not do that by itself. It does come back when the connection is closed, as it is if the
server can't tell for now who you are, or can't set it up.

Every request is one event with one object, and is always acknowledged: \`{ ok: true, data }\` or
\`{ ok: false, error: { code, message, params, errors? } }\`; a retry of a request with a \`client_id\` is safe. What the server sends
unasked is a hint, at most once: after a break, fetch what came after the last number you have.

This page is printed from the contracts (\`npm run docs\`).`;

/** The whole socket protocol as a page, from the schemas that check it. */
export function eventCatalogue(): string {
  const sections = [
    INTRODUCTION,
    '## Requests: client → server',
    ...sorted(requests).map(
      ([name, { about, body, ack }]) =>
        `### \`${name}\`\n\n${about}\n\n${code(body, 'input')}\n\nAcknowledged with:\n\n${code(ack, 'output')}`,
    ),
    '## Pushes: server → client',
    ...sorted(pushes).map(([name, { about, body }]) => `### \`${name}\`\n\n${about}\n\n${code(body, 'output')}`),
  ];
  return `${sections.join('\n\n')}\n`;
}

const sorted = <T>(contract: Record<string, T>): [string, T][] =>
  Object.entries(contract).sort(([a], [b]) => a.localeCompare(b));

function code(schema: z.ZodType, io: 'input' | 'output'): string {
  const json = z.toJSONSchema(schema, { io, reused: 'inline', unrepresentable: 'any' }) as JsonSchema & {
    $defs?: Record<string, JsonSchema>;
  };
  return `\`\`\`ts\n${notation(json, json.$defs ?? {}, '')}\n\`\`\``;
}

/** A JSON schema in the notation of TypeScript. */
function notation(schema: JsonSchema, defs: Record<string, JsonSchema>, indent: string): string {
  if (schema.$ref) return notation(defs[schema.$ref.split('/').at(-1)!]!, defs, indent);
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  const choice = schema.anyOf ?? schema.oneOf;
  if (choice) return choice.map((one) => notation(one, defs, indent)).join(' | ');
  if (schema.allOf) return schema.allOf.map((one) => whole(one, defs, indent)).join(' & ');
  if (schema.items) return `${whole(schema.items, defs, indent)}[]`;
  if (schema.properties && Object.keys(schema.properties).length) {
    const deeper = `${indent}  `;
    const fields = Object.entries(schema.properties).map(([name, field]) => {
      const optional = schema.required?.includes(name) ? '' : '?';
      const comment = field.description ? ` // ${field.description}` : '';
      return `${deeper}${name}${optional}: ${notation(field, defs, deeper)};${comment}`;
    });
    return `{\n${fields.join('\n')}\n${indent}}`;
  }
  if (schema.additionalProperties) return `Record<string, ${notation(schema.additionalProperties, defs, indent)}>`;
  if (schema.type === 'object') return '{}';
  return [schema.type ?? 'unknown'].flat().join(' | ').replace('integer', 'number');
}

/** The same as one operand: in parentheses, if it is a choice. */
function whole(schema: JsonSchema, defs: Record<string, JsonSchema>, indent: string): string {
  const written = notation(schema, defs, indent);
  const { anyOf, oneOf, enum: values } = schema.$ref ? defs[schema.$ref.split('/').at(-1)!]! : schema;
  return (anyOf ?? oneOf ?? values ?? []).length > 1 ? `(${written})` : written;
}
