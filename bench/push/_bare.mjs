import { initializeApp } from 'firebase-admin/app';
import { getMessaging } from 'firebase-admin/messaging';
import { Agent } from 'node:https';

// Google's SDK alone: so many pushes, a hundred at a time.

const COUNT = Number(process.argv[2]);
const AT_ONCE = 100;

const app = initializeApp({
  projectId: 'bench',
  credential: { getAccessToken: () => Promise.resolve({ access_token: 'bench', expires_in: 3600 }) },
  httpAgent: new Agent({ keepAlive: true, maxSockets: AT_ONCE }),
});
const messaging = getMessaging(app);
let next = 0;
const line = async () => {
  while (next < COUNT)
    await messaging.send({
      token: `bare-${next++}`,
      notification: { title: 'Maintenance', body: 'Back at 6 o’clock.' },
      data: { type: 'system', notification_id: String(next), collapse_key: 'sent:bench' },
      android: {
        collapseKey: 'sent:bench',
        notification: { clickAction: 'FLUTTER_NOTIFICATION_CLICK', sound: 'default', tag: 'sent:bench' },
      },
      apns: { payload: { aps: { sound: 'default', badge: 0 } } },
    });
};
await Promise.all(Array.from({ length: AT_ONCE }, line));
process.exit(0);
