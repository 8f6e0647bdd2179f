import { QUEUES } from 'src/core/jobs/queues';
import 'src/main';

// A worker that has a job of each kind under way at once, and some more; set before it starts, for that takes a while.

for (const queue of Object.values(QUEUES)) queue.concurrency = 60;
