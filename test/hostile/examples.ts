import { nameOfRoute } from 'test/hostile/rows';

/** What the OpenAPI document gives as an example of each route's body. */
export function examplesOf(document: any): Map<string, unknown> {
  const examples = new Map<string, unknown>();
  for (const [path, item] of Object.entries<any>(document.paths))
    for (const [method, { requestBody }] of Object.entries<any>(item)) {
      const ref = requestBody?.content?.['application/json']?.schema?.$ref;
      if (ref)
        examples.set(nameOfRoute(method, path), document.components.schemas[ref.split('/').at(-1)].example); // oxfmt-ignore
    }
  return examples;
}

/** With which statuses it says that each route succeeds. */
export function successesOf(document: any): Map<string, number[]> {
  const successes = new Map<string, number[]>();
  for (const [path, item] of Object.entries<any>(document.paths))
    for (const [method, { responses }] of Object.entries<any>(item))
      successes.set(nameOfRoute(method, path), Object.keys(responses).map(Number));
  return successes;
}
