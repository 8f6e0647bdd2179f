/**
 * Lets `work` happen right after `asker` has asked `method` of the service that it has as `service`, before it hears the answer: once,
 * and only there, for others ask the same service.
 */
export function meanwhile(asker: object, service: string, method: string, work: () => Promise<unknown>) {
  const holder = asker as Record<string, Record<string, (...args: unknown[]) => Promise<unknown>>>;
  const asked = holder[service]!;
  holder[service] = Object.assign(Object.create(asked) as typeof asked, {
    [method]: async (...args: unknown[]) => {
      holder[service] = asked;
      const answer = await asked[method]!(...args);
      await work();
      return answer;
    },
  });
}
