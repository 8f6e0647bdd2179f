import { EnvSchema } from 'src/config/env';
import { openApi } from 'src/core/http/docs';
import { eventCatalogue } from 'src/core/realtime/catalogue';
import { boot } from 'test/support/boot';
import { expectPrinted } from 'test/support/printed';
import { z } from 'zod';

test('openapi.json is the document of the running API', async () => {
  const app = await boot({ roles: ['api'] });
  try {
    const document = openApi(app.app, { APP_NAME: 'Muster' });
    expectPrinted('openapi.json', `${JSON.stringify(document, null, 2)}\n`);
    const refs = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map(
      ([, name]) => name!,
    );
    expect(refs.filter((name) => !(name in document.components!.schemas!))).toEqual([]);
    const bodies = Object.values(document.paths)
      .flatMap((item) => Object.values(item as Record<string, { requestBody?: object }>))
      .flatMap(({ requestBody = {} }) => /schemas\/(\w+)"/.exec(JSON.stringify(requestBody))?.[1] ?? []);
    expect(bodies.length).toBeGreaterThan(0);
    expect(bodies.filter((name) => !('example' in document.components!.schemas![name]!))).toEqual([]);
    expect(Object.keys(document.paths['/api/v1/chats']!.post!.responses)).toEqual(['200', '201', 'default']);
    const names = Object.values(document.paths).flatMap((item) =>
      Object.values(item as Record<string, { operationId: string }>).map(({ operationId }) => operationId),
    );
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
    expect(enumsWithoutTheirNull(document)).toEqual([]);
    expect(JSON.stringify(document)).not.toMatch(/#\/(definitions|\$defs)\//);
    for (const [path, item] of Object.entries(document.paths))
      for (const [method, operation] of Object.entries(
        item as Record<string, { responses: Record<string, { content?: unknown }> }>,
      )) {
        const success = Object.entries(operation.responses).find(([status]) => status.startsWith('2'));
        expect(success && (success[0] === '204' || success[1].content) ? 'described' : `${method} ${path}`).toBe(
          'described',
        );
      }
  } finally {
    await app.close();
  }
});

/** What is nullable as a whole, but lists all values without null. */
const enumsWithoutTheirNull = (schema: unknown): unknown[] => {
  if (typeof schema !== 'object' || schema === null) return [];
  const { nullable, enum: values } = schema as { nullable?: boolean; enum?: unknown[] };
  const here = nullable && Array.isArray(values) && !values.includes(null) ? [values] : [];
  return [...here, ...Object.values(schema).flatMap(enumsWithoutTheirNull)];
};

test('every example is what its schema lets through', () => {
  const wrong = [...z.globalRegistry._idmap].flatMap(([name, schema]) => {
    const { example } = z.globalRegistry.get(schema)!;
    const result = example === undefined ? undefined : z.safeParse(schema, example);
    return result?.error ? [`${name}: ${result.error.message}`] : [];
  });
  expect(wrong).toEqual([]);
});

test('docs/events.md is printed from the contracts', () => {
  expectPrinted('docs/events.md', eventCatalogue());
});

test('docs/events.md says of every body what is in it, and of which things a list is', () => {
  const page = eventCatalogue();
  expect(page).not.toMatch(/^unknown$/m);
  expect(page).not.toMatch(/\| "\w+"\[\]/);
  const send = page.split('### `send_message`')[1]!.split('Acknowledged with')[0]!;
  for (const field of [
    'chat_id: number;',
    'message_type?: "text";',
    'content?: string;',
    'forward_of?: number;',
    'reply_to_id?: number | null;',
  ])
    expect(send).toContain(field);
});

test('.env.example has every setting, with its meaning and default', () => {
  const { properties = {} } = z.toJSONSchema(EnvSchema, { io: 'input', unrepresentable: 'any' });
  const lines = Object.entries(properties).map(([key, property]) => {
    const { description, default: fallback = '' } = property as { description?: string; default?: string };
    expect(`${key}: ${description}`).not.toContain('undefined');
    return `# ${description}\n${key}=${fallback}\n`;
  });
  const head = '# Every setting of Muster. Copy to .env and change what you need; empty means not given.\n\n';
  expectPrinted('.env.example', `${head}${lines.join('\n')}`);
});
