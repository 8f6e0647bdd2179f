import { ReachRepository } from 'src/modules/location/reach.repository';
import { SharesRepository } from 'src/modules/location/shares.repository';
import { boot, type TestApp } from 'test/support/boot';
import { plansOf } from 'test/support/queries';

const MANY = 6000;
/** Of all whose rows there are as many as people. */
const READS_ALL = /Seq Scan on (users|chats|chat_participants|location_shares|live_locations|user_blocks)\b/;
const idOf = (number: number) => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
/** The same in SQL. */
const ID = (number: string) => `('00000000-0000-4000-8000-' || lpad((${number})::text, 12, '0'))::uuid`;

let app: TestApp;
beforeAll(async () => {
  app = await boot({ roles: ['api'] });
  await fill();
});
afterAll(() => app.close());

/** Each shares with a person, a chat or his contacts, has a private chat with the next one, a group with some, and has blocked somebody. */
const fill = () =>
  app.db.tx(async () => {
    const all = `FROM generate_series(1, ${MANY}) n`;
    const groups = MANY / 10;
    const statements = [
      `INSERT INTO users (id, tenant_id, username, email, password_hash)
         SELECT ${ID('n')}, 'default', 'u' || n, n || '@many.example', '' ${all}`,
      `INSERT INTO chats (id, tenant_id, chat_type, created_by) OVERRIDING SYSTEM VALUE
         SELECT n, 'default', CASE WHEN n > ${groups} THEN 'private' ELSE 'group' END, ${ID('n')} ${all}`,
      `INSERT INTO chat_participants (chat_id, user_id, role) SELECT n, ${ID('n')}, 'member' ${all}
         UNION ALL SELECT n, ${ID(`n % ${MANY} + 1`)}, 'member' ${all} WHERE n > ${groups}
         UNION ALL SELECT n % ${groups} + 1, ${ID('n')}, 'member' ${all} WHERE n > ${groups}`,
      `INSERT INTO live_locations (user_id, latitude, longitude, recorded_at, location_id, grid_key)
         SELECT ${ID('n')}, 1, 1, now(), n, gen_random_uuid() ${all}`,
      `INSERT INTO user_blocks (blocker_id, blocked_id) SELECT ${ID('n')}, ${ID(`(n + 6) % ${MANY} + 1`)} ${all}`,
      `INSERT INTO location_shares (user_id, audience, target_user_id, chat_id, is_active, precision, shows_history)
         SELECT ${ID('n')}, (ARRAY['user', 'chat', 'contacts'])[n % 3 + 1], CASE WHEN n % 3 = 0 THEN ${ID(`n % ${MANY} + 1`)} END,
           CASE WHEN n % 3 = 1 THEN n END, true, 'exact', true ${all}`,
    ];
    for (const statement of statements) await app.db.query(statement);
  });

test('among many shares nobody’s question reads them all, nor all people, nor all chats', async () => {
  await app.db.query('ANALYZE');
  const [reach, shares] = [app.get(ReachRepository), app.get(SharesRepository)];
  const [ana, ben] = [idOf(3001), idOf(3002)];
  const some = Array.from({ length: 20 }, (_, index) => idOf(index + 1));
  const questions: Record<string, () => Promise<unknown>> = {
    'what of his is shown to all': () => reach.positions({ ownerIds: [ana] }),
    'what of some is shown to one': () => reach.positions({ ownerIds: some, viewerId: ben }),
    'what is shown to some': () => reach.shownTo(some),
    'who may see his history': () => reach.histories(ana, ben),
    'what fences may see': () => reach.sights([{ shareId: 5, viewerId: null }]),
    'what a share shows': () => reach.sightsOf(5),
    'what one shows to another': () => reach.sightsBetween(ana, ben),
    'whether one sees another': () => reach.reaches(ana, ben),
    'whether a share was his': () => reach.viewedBy(5, ben),
    'whom a share is for': () => reach.viewerIds(5, 100),
    'what newcomers see': () => reach.openedTo(700, some, 100),
    'what an answer opens': () => reach.openedByAnswer(3001, ana),
    'what leavers lose': () => reach.closedTo(700, some, 100),
    'what he gives and gets': () => shares.live(ana, 20, null),
  };
  for (const [question, ask] of Object.entries(questions)) {
    const plans = await plansOf(app, 'location_shares', ask);
    expect([question, plans.length]).toEqual([question, 1]);
    expect(`${question}: ${plans[0]!}`).not.toMatch(READS_ALL);
  }
});
