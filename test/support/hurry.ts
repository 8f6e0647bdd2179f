import type { QueueName } from 'src/core/contract';
import { OutboxRelay } from 'src/core/jobs/relay';
import type { TestApp } from 'test/support/boot';

/** What waits in a queue for its next try, which comes later each time, is tried now. */
export async function hurry(app: TestApp, name: QueueName) {
  for (const job of await app.get(OutboxRelay).queues.get(name)!.getDelayed())
    await job.promote().catch(() => undefined);
}
