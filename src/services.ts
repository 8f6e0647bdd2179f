import type { Env } from 'src/config/env';

/** Services outside of Muster that it can use, whether it may, and what happens without them: for the start-up report. */
export const outsideServices = (env: Env) => [
  { name: 'S3', configured: Boolean(env.AWS_S3_BUCKET), instead: 'files are kept on local disk' },
  { name: 'FCM', configured: Boolean(env.FCM_SERVICE_ACCOUNT), instead: 'pushes are written to the log' },
  {
    name: 'Web Push',
    configured: Boolean(env.VAPID_PRIVATE_KEY),
    instead: 'pushes to browsers are written to the log',
  },
  { name: 'Agora', configured: Boolean(env.AGORA_APP_ID), instead: 'calls go peer to peer over WebRTC' },
  { name: 'Giphy', configured: Boolean(env.GIPHY_API_KEY), instead: 'GIF search answers 503' },
  { name: 'Mail', configured: Boolean(env.SMTP_URL), instead: 'mails are written to a folder' },
];
