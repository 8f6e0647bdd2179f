import { isAddressRange } from 'src/config/addresses';
import { readRsaKey, readServiceAccount } from 'src/config/credentials';
import { agoraKey, fileSize, flag, list, optional, optionalUrl, parts, serviceUrl, url, whole } from 'src/config/kinds';
import { languageFaults } from 'src/config/language-names';
import { z } from 'zod';

/** What `read` says is wrong with a setting that is there; undefined if nothing is. */
function wrong(read: () => unknown): string | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** Even if other settings are wrong: all faults are told at once. */
const always = () => true;

/**
 * Every setting of Muster, with its meaning and default. `.env.example` holds the same keys in the same order (a test keeps them
 * equal); nothing else in the code reads `process.env`.
 */
export const EnvSchema = z
  .object({
    APP_NAME: z.string().default('Muster').describe('Shown in the API documentation, e-mails and authenticator apps.'),
    ENVIRONMENT: z
      .enum(['development', 'production', 'test'])
      .default('development')
      .describe('production: JSON logs, and settings that are only for tests are refused.'),
    HOST: z.string().default('127.0.0.1').describe('Address to listen on; 0.0.0.0 to be reached from other machines.'),
    PORT: whole(8000, 0, 65535).describe('Port of the API and of Socket.IO.'),
    ROLES: list('api,worker')
      .pipe(z.array(z.enum(['api', 'worker'])).min(1))
      .describe('What this process does: api answers HTTP and sockets, worker runs what must happen.'),
    MUSTER_HOME: z.string().default('.muster').describe('Folder for files, made secrets and the local databases.'),
    LOG_LEVEL: z
      .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
      .default('info')
      .describe('How much is logged.'),
    DRAIN_SECONDS: whole(0, 0, 60).describe(
      'How long, once told to stop, it says so to the load balancer and still serves; longer than that one takes to notice.',
    ),
    SHUTDOWN_SECONDS: whole(10, 1, 60).describe('How long requests, sockets and jobs may take to end at shutdown.'),

    DATABASE_URL: url('postgres', 'postgresql').describe(
      'PostgreSQL 14 or newer. `npm start` provides one if not given.',
    ),
    DATABASE_POOL_SIZE: whole(20, 2, 500).describe('Connections of one process to PostgreSQL.'),
    DATABASE_TIMEOUT_MS: whole(5000, 100, 60000).describe('Longest wait for a connection and for one statement.'),
    // workers say every 2 s that they have Redis, which counts for half of this
    ISOLATED_AFTER_SECONDS: whole(6, 5, 3600).describe(
      'So long after a node has lost Redis, while workers have it, it is `draining`, and its clients have to come back elsewhere.',
    ),
    JOB_LOCK_MS: whole(15_000, 500, 600_000).describe(
      'So long after a sign of life of its worker, which gives one twice as often, a job counts as abandoned, and another does it.',
    ),
    REDIS_URL: z
      .string()
      .transform(parts)
      .pipe(z.array(url('redis', 'rediss')).min(1))
      .describe(
        'Redis 6.2 or newer, or Valkey; of a cluster one node or several, separated by commas. `npm start` provides one if not given.',
      ),
    REDIS_CLUSTER: flag('false').describe(
      'REDIS_URL leads to a Redis Cluster, of Redis 7 or newer; user and password are those of the first URL.',
    ),
    REDIS_PREFIX: z
      .string()
      .default('muster')
      .describe('First part of every Redis key, so that systems can share a Redis.'),

    EVENT_RETENTION_DAYS: whole(30, 30, 3650).describe(
      'How long changes are kept for `sync`; devices that were away longer fetch everything anew.',
    ),

    JWT_SECRET_KEY: z
      .string()
      .min(32, 'must have at least 32 characters')
      .describe('Signs access tokens. `npm start` makes one and keeps it under MUSTER_HOME if not given.'),
    JWT_ALGORITHM: z
      .enum(['HS256', 'RS256'])
      .default('HS256')
      .describe('How access tokens are signed: HS256 by the secret, RS256 by the private key.'),
    JWT_PRIVATE_KEY: optional.describe('RSA private key for RS256: PEM with \\n for line breaks, or base64 of it.'),
    JWT_PREVIOUS_PUBLIC_KEYS: list('').describe(
      'Public keys of earlier private keys whose tokens are still good, with commas between.',
    ),
    JWT_ACCESS_TOKEN_EXPIRE_MINUTES: whole(30, 1, 1440).describe('Life of an access token.'),
    JWT_REFRESH_TOKEN_EXPIRE_DAYS: whole(7, 1, 365).describe('Life of a refresh token.'),
    PASSWORDS_AT_ONCE: whole(3, 1, 64).describe(
      'Passwords hashed at once, each by a thread of lower priority, in a process of their own.',
    ),
    BCRYPT_COST: whole(12, 4, 15).describe('Work factor of password hashes; below 10 only for tests.'),

    ACCOUNT_DELETION_GRACE_DAYS: whole(14, 0, 90).describe(
      'Days between asking for an account to be deleted and its deletion; signing in meanwhile keeps it.',
    ),

    ALLOWED_ORIGINS: list('http://localhost:3000,http://localhost:3001').describe(
      'Web pages that may call the API and open sockets from a browser; * allows all.',
    ),
    PUBLIC_URL: optionalUrl('http', 'https').describe(
      'Address under which clients reach this API (https://api.example.org), for links in mails; without one they carry none to it.',
    ),
    TRUSTED_HOSTS: list('localhost,127.0.0.1,[::1]').describe(
      'Names in the Host header that are answered; * allows all.',
    ),
    TRUSTED_PROXIES: list('')
      .refine((ranges) => ranges.every(isAddressRange), {
        error: 'must be addresses or ranges (10.0.0.0/8), not names',
      })
      .describe('Addresses or ranges of proxies whose X-Forwarded-For is believed.'),
    RATE_LIMIT_PER_MINUTE: whole(600, 1, 1_000_000).describe(
      'Requests a minute of one account, or of one address without one.',
    ),
    REFUSED_PER_MINUTE: whole(1200, 1, 1_000_000).describe(
      'Refused requests a minute of one address at one node, after which all without a good token are refused unread.',
    ),
    CONNECTIONS_PER_USER: whole(50, 1, 100_000).describe(
      'Open connections of one account to one node; with one more its oldest is closed.',
    ),
    RATE_LIMIT_DISABLED: flag('false').describe('Turns rate limits off, for load tests; refused in production.'),

    MESSAGES_PER_SECOND: whole(5, 1, 100_000).describe('Messages, edits and reactions of one account, a second.'),
    MESSAGES_BURST: whole(20, 1, 1_000_000).describe('How many of them it may send at once.'),
    CHAT_MESSAGES_PER_SECOND: whole(50, 1, 100_000).describe('Messages in one chat, of all who write there, a second.'),
    CHAT_MESSAGES_BURST: whole(200, 1, 1_000_000).describe('How many of them may come at once.'),
    TYPING_SECONDS: whole(10, 1, 60).describe('How long somebody is shown to type who does not say so again.'),
    MESSAGE_EDIT_HOURS: whole(48, 0, 87_600).describe('How long a message can be edited after it was sent; 0: always.'),
    CHAT_MAX_PARTICIPANTS: whole(1000, 2, 10_000).describe('People in one chat.'),

    REQUEST_BODY_SECONDS: whole(30, 1, 900).describe(
      'How long the body of a request may take to arrive; uploads of files have 15 minutes.',
    ),

    SERVICE_KEY: optional
      .refine((key) => key === undefined || key.length >= 32, { error: 'must have at least 32 characters' })
      .describe('Lets programs of yours send pushes (header X-Service-Key); without one only admins may.'),
    METRICS_TOKEN: optional.describe('Bearer token for /metrics; without one only this machine may read it.'),

    DEFAULT_LANGUAGE: z.string().default('en').describe('Language of callers who state none that is supported.'),
    SUPPORTED_LANGUAGES: list('en,id,ja,ko,zh').describe(
      'Languages offered, each a folder in i18n/; jp and cn mean ja and zh.',
    ),
    I18N_DIR: z
      .string()
      .default('i18n')
      .describe('Folder of the texts, a folder in it for each language; a copy of it may have more of them.'),

    LOCATION_HISTORY_DAYS: whole(30, 1, 365).describe(
      'How long the positions of somebody who keeps a history for some days are kept, if he names no number.',
    ),
    LOCATION_BEFORE_ACCOUNT_DAYS: whole(30, 0, 36_500).describe(
      'How long before its account was made a position may have been recorded; imported tracks may be older.',
    ),
    LOCATION_IMPORT_MAX_BYTES: whole(200 * 1024 * 1024, 1000, 2_000_000_000).describe(
      'The largest GPX file that can be imported, in bytes.',
    ),
    LOCATION_LOW_ACCURACY_METERS: whole(500, 1, 100_000).describe(
      'A position that is less accurate is marked low_accuracy and moves no geofence.',
    ),
    LOCATION_JUMP_SPEED: whole(120, 1, 100_000).describe(
      'Metres a second; a position that would have taken more to reach is marked jump and moves no geofence.',
    ),
    LOCATION_DELAYED_SECONDS: whole(60, 1, 86_400).describe(
      'From this age on a position is delayed, and no longer live.',
    ),
    LOCATION_STALE_SECONDS: whole(600, 1, 86_400).describe('From this age on it is stale.'),
    NEARBY_PER_HOUR: whole(60, 1, 100_000).describe('How often one account may ask who is near by, an hour.'),
    LOCATION_UPDATE_INTERVAL_MS: whole(1000, 0, 60_000).describe(
      'A watcher hears of one person’s moves at most this often; 0 tells each.',
    ),

    AWS_S3_BUCKET: optional.describe('Bucket for files; without one they are kept on disk under MUSTER_HOME.'),
    AWS_REGION: z.string().default('us-east-1').describe('Region of the bucket.'),
    AWS_S3_ENDPOINT: optionalUrl('http', 'https').describe('Address of an S3-compatible server that is not Amazon’s.'),
    AWS_S3_FORCE_PATH_STYLE: flag('false').describe('true for servers that want the bucket in the path.'),
    AWS_ACCESS_KEY_ID: optional.describe('Key of the bucket; without one the SDK looks in its usual places.'),
    AWS_SECRET_ACCESS_KEY: optional.describe('Secret of that key.'),
    AWS_S3_TIMEOUT_MS: whole(10_000, 100, 120_000).describe('Longest wait for an answer of the bucket’s server.'),

    MAX_FILE_SIZE: fileSize().default(10_485_760).describe('Largest file that may be uploaded, in bytes.'),
    MAX_IMAGE_SIZE: fileSize().optional().describe('Largest picture, if that is not MAX_FILE_SIZE.'),
    MAX_VIDEO_SIZE: fileSize().optional().describe('Largest film, if that is not MAX_FILE_SIZE.'),
    MAX_AUDIO_SIZE: fileSize().optional().describe('Largest sound, if that is not MAX_FILE_SIZE.'),
    MAX_DOCUMENT_SIZE: fileSize().optional().describe('Largest file of any other kind, if that is not MAX_FILE_SIZE.'),
    MAX_AVATAR_SIZE: whole(5_242_880, 1, 104_857_600).describe('Largest picture that may become an avatar, in bytes.'),
    FILE_QUOTA_BYTES: whole(2_147_483_648, 1, Number.MAX_SAFE_INTEGER).describe(
      'Bytes that one user may have stored at a time.',
    ),
    FILE_QUOTA_BYTES_PER_DAY: whole(536_870_912, 1, Number.MAX_SAFE_INTEGER).describe(
      'Bytes that one user may upload in a day (UTC).',
    ),
    ALLOWED_FILE_EXTENSIONS: list(
      'jpg,jpeg,png,gif,webp,avif,mp4,mov,webm,mp3,m4a,aac,ogg,wav,pdf,doc,docx,xls,xlsx,ppt,pptx,odt,ods,odp,txt,csv,md,gpx,zip',
    ).describe('Types of files that may be uploaded, decided by their content; * allows all.'),

    FCM_SERVICE_ACCOUNT: optional.describe(
      'Firebase service account for pushes: its JSON, or the path of the file; without one they are written to the log.',
    ),
    FCM_PROJECT_ID: optional.describe('Firebase project, if it is not that of the service account.'),
    VAPID_PUBLIC_KEY: optional.describe(
      'Key pair for Web Push to browsers (`npx web-push generate-vapid-keys`); without one it is written to the log.',
    ),
    VAPID_PRIVATE_KEY: optional.describe('The private half of that pair.'),
    VAPID_SUBJECT: optional
      .refine((subject) => subject === undefined || /^(mailto:.+@.+|https:\/\/.+)$/.test(subject), {
        error: 'must be a mailto: or https: address',
      })
      .describe('Where the makers of browsers can reach you: a mailto: or https: address.'),
    PUSH_PRIVATE: flag('false').describe('true: no push has names or texts in it, whatever its user prefers.'),
    PUSH_TIMEOUT_MS: whole(8000, 100, 10_000).describe('Longest wait for a push provider’s answer.'),
    PUSH_BURST_MS: whole(1500, 0, 60_000).describe(
      'How long a message waits for others of its chat, to be pushed as one with them; calls do not wait.',
    ),
    AGORA_APP_ID: agoraKey.describe('Agora project for calls; without one calls go peer to peer over WebRTC.'),
    AGORA_APP_CERTIFICATE: agoraKey.describe('Primary certificate of that project: signs the tokens of participants.'),
    AGORA_TOKEN_EXPIRY_HOURS: whole(24, 1, 24).describe('Life of a token for Agora.'),
    CALL_RING_TIMEOUT_SECONDS: whole(45, 1, 300).describe('How long a call rings before it is missed.'),
    STUN_URLS: list('').describe('STUN servers for WebRTC, such as stun:stun.example.org:3478, with commas between.'),
    TURN_URLS: list('').describe('TURN servers for WebRTC, such as turn:turn.example.org:3478, with commas between.'),
    TURN_SECRET: optional.describe(
      'Secret shared with the TURN servers (coturn: use-auth-secret, static-auth-secret).',
    ),
    TURN_TTL_SECONDS: whole(43_200, 60, 604_800).describe('Life of credentials for the TURN servers.'),
    GIPHY_API_KEY: optional.describe('Key for GIFs from Giphy; without one, and without Tenor’s, search answers 503.'),
    GIPHY_API_URL: serviceUrl('https://api.giphy.com/v1').describe('Where Giphy is asked.'),
    TENOR_API_KEY: optional.describe(
      'Key for GIFs from a server that speaks Tenor’s protocol, if there is none for Giphy.',
    ),
    TENOR_API_URL: serviceUrl('https://tenor.googleapis.com/v2').describe('Where that server is asked.'),
    GIF_HOSTS: list('giphy.com,tenor.com').describe(
      'Where GIFs in messages may lie: these hosts, those below them, and the one that is asked for GIFs.',
    ),
    GIF_RATING: z.enum(['g', 'pg', 'pg-13', 'r']).default('pg-13').describe('The least mild GIFs that are offered.'),
    GIF_TIMEOUT_MS: whole(3000, 100, 30_000).describe('Longest wait for an answer about GIFs.'),
    SMTP_URL: optionalUrl('smtp', 'smtps').describe(
      'Mail server; without one mails are written to a folder under MUSTER_HOME.',
    ),
    MAIL_FROM: z.string().default('Muster <muster@localhost>').describe('Who mails come from.'),
    MAILS_PER_HOUR: whole(10, 1, 1000).describe(
      'Mails of a kind (codes; notices; alarms) that one mailbox gets in an hour at most; what more is asked for is dropped.',
    ),
    MAIL_LINK_URL: optional.describe(
      'Page of your app that mails link to, with ?purpose=verify|reset|change&token=…; without one they carry only a code.',
    ),
  })
  .refine((env) => env.ENVIRONMENT !== 'production' || !env.RATE_LIMIT_DISABLED, {
    path: ['RATE_LIMIT_DISABLED'],
    error: 'must not be set in production',
    when: always,
  })
  .refine((env) => env.REDIS_CLUSTER || env.REDIS_URL.length === 1, {
    path: ['REDIS_URL'],
    error: 'may name several nodes only with REDIS_CLUSTER',
    when: ({ issues }) => !issues.some(({ path }) => path?.[0] === 'REDIS_URL'),
  })
  .refine((env) => env.JWT_ALGORITHM === 'HS256' || env.JWT_PRIVATE_KEY, {
    path: ['JWT_PRIVATE_KEY'],
    error: 'is required by JWT_ALGORITHM',
    when: always,
  })
  .refine((env) => env.ENVIRONMENT !== 'production' || env.BCRYPT_COST >= 10, {
    path: ['BCRYPT_COST'],
    error: 'must be at least 10 in production',
    when: always,
  })
  .refine((env) => !env.AGORA_APP_ID || env.AGORA_APP_CERTIFICATE, {
    path: ['AGORA_APP_CERTIFICATE'],
    error: 'is required by AGORA_APP_ID',
    when: always,
  })
  .refine((env) => !env.VAPID_PUBLIC_KEY === !env.VAPID_PRIVATE_KEY && (!env.VAPID_PUBLIC_KEY || env.VAPID_SUBJECT), {
    path: ['VAPID_PUBLIC_KEY'],
    error: 'needs VAPID_PRIVATE_KEY and VAPID_SUBJECT, and they need it',
    when: always,
  })
  .refine((env) => !env.TURN_URLS.length || env.TURN_SECRET, {
    path: ['TURN_SECRET'],
    error: 'is required by TURN_URLS',
    when: always,
  });

export type Env = Readonly<z.infer<typeof EnvSchema>>;

/** Under this token every class may have the settings: `@Inject(ENV) env: Env`. */
export const ENV = Symbol('ENV');

/** The environment is unusable; the message names every fault on a line of its own. */
export class InvalidEnvironment extends Error {
  constructor(faults: string[]) {
    super(`Invalid environment:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
    this.name = 'InvalidEnvironment';
  }
}

/** Reads and checks the settings once. An empty value counts as not given. Throws `InvalidEnvironment`. */
export function readEnv(source: Record<string, string | undefined>): Env {
  const given = Object.fromEntries(Object.entries(source).filter(([, value]) => value !== undefined && value !== ''));
  const result = EnvSchema.safeParse(given);
  const faults = (result.error?.issues ?? []).map((issue) => fault(issue, given));
  faults.push(...faultsOutside(given));
  if (faults.length) throw new InvalidEnvironment(faults);
  return Object.freeze(result.data!);
}

/** What only a look at files and keys can tell, whether or not other settings are wrong. */
function faultsOutside(given: Record<string, unknown>): string[] {
  const read = <Key extends keyof Env>(key: Key) => EnvSchema.shape[key].safeParse(given[key]).data as Env[Key];
  const faults = languageFaults({
    SUPPORTED_LANGUAGES: read('SUPPORTED_LANGUAGES'),
    DEFAULT_LANGUAGE: read('DEFAULT_LANGUAGE'),
    I18N_DIR: read('I18N_DIR'),
  });
  const check = (setting: keyof Env, look: () => unknown) => {
    const fault = wrong(look);
    if (fault) faults.push({ setting, fault });
  };
  const [account, key] = [read('FCM_SERVICE_ACCOUNT'), read('JWT_PRIVATE_KEY')];
  if (account) check('FCM_SERVICE_ACCOUNT', () => readServiceAccount(account));
  if (read('JWT_ALGORITHM') === 'RS256') {
    if (key) check('JWT_PRIVATE_KEY', () => readRsaKey('private', key));
    for (const old of read('JWT_PREVIOUS_PUBLIC_KEYS')) check('JWT_PREVIOUS_PUBLIC_KEYS', () => readRsaKey('public', old)); // oxfmt-ignore
  }
  return faults.map(({ setting, fault }) => `${setting}: ${fault}`);
}

function fault(issue: z.core.$ZodIssue, given: Record<string, unknown>): string {
  const key = String(issue.path[0]);
  // those that concern several settings say so themselves
  return `${key}: ${given[key] === undefined && issue.code !== 'custom' ? 'is required' : issue.message}`;
}
