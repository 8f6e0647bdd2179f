import { PersonalDataRegister } from 'src/core/personal-data/register';
import { boot, type TestApp } from 'test/support/boot';

/** Tables that hold nothing of any one person, and why. Everything else must be declared by its feature. */
const OF_NOBODY: Record<string, string> = {
  migrations: 'the schema’s own history',
  tenants: 'systems, not people',
  sticker_packs: 'for everybody, brought by admins',
  push_templates: 'the operator’s words',
  redis_sightings: 'when workers last had Redis',
  outbox: 'work that is to be done; `CorePersonalData` forgets what names somebody and will not be done soon',
};
/** Columns of type uuid, or named as if they named people, that don't. */
const NO_PERSON: Record<string, string> = {
  'sessions.id': 'the session’s own id',
  'live_locations.grid_key': 'a random number',
  'call_participants.ringing_session_ids': 'the sessions of a participant’s devices',
  'call_participants.session_id': 'the session of a participant’s device',
  'device_tokens.session_id': 'the session by which a device was registered',
  'private_places.key': 'a random number',
};

const WHAT_TO_DO =
  'Declare it in src/modules/<feature>/<feature>.personal-data.ts (see location.personal-data.ts for a plain one, chats.personal-data.ts ' +
  'for one with an `erase` of its own) and list that class in the providers of the feature’s module: how the rows are exported, and ' +
  'whether they are deleted or made anonymous. If it truly names no person, say so in test/house/personal-data.test.ts.';

let app: TestApp;
beforeAll(async () => (app = await boot({ roles: ['api'] })));
afterAll(() => app.close());

const holdings = () => app.get(PersonalDataRegister).holdings;

/** Columns that name people: foreign keys to users, uuids that refer to nothing else, and names that say so. */
const columnsOfPeople = () =>
  app.db.query<{ name: string }>(`
    SELECT c.table_name || '.' || c.column_name AS name
    FROM information_schema.columns c JOIN information_schema.tables USING (table_schema, table_name)
      LEFT JOIN LATERAL (
        SELECT array_agg(k.confrelid::regclass::text) AS targets FROM pg_constraint k JOIN pg_attribute a
          ON a.attrelid = k.conrelid AND a.attnum = ANY(k.conkey)
        WHERE k.contype = 'f' AND k.conrelid = format('%I', c.table_name)::regclass AND a.attname = c.column_name) refers ON true
    WHERE c.table_schema = 'public' AND table_type = 'BASE TABLE'
      AND NOT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = format('%I', c.table_name)::regclass)
      AND (c.table_name, c.column_name) <> ('users', 'id')
      AND ('users' = ANY(refers.targets) OR (refers.targets IS NULL AND (c.udt_name IN ('uuid', '_uuid')
        OR c.column_name ~ '(^|_)(user|sender|owner|author|actor|member|caller|callee|reporter|uploader)_ids?$')))
    ORDER BY 1`);

test('every column that names a person is declared once, with what becomes of it', async () => {
  const declared = holdings().map(({ table, column }) => `${table}.${column}`);
  const known = new Set([...declared, ...Object.keys(NO_PERSON)]);
  const forgotten = (await columnsOfPeople()).map(({ name }) => name).filter((name) => !known.has(name));
  if (forgotten.length) throw new Error(`nobody says what becomes of ${forgotten.join(', ')}. ${WHAT_TO_DO}`);
});

test('every table belongs to people by a declaration, goes with one that does, or is known to be nobody’s', async () => {
  const tables = await app.db.query<{ name: string; goes_with: string[] }>(`
    SELECT t.relname::text AS name, coalesce(array_agg(k.confrelid::regclass::text) FILTER (WHERE k.confdeltype = 'c'), '{}') AS goes_with
    FROM pg_class t LEFT JOIN pg_constraint k ON k.conrelid = t.oid AND k.contype = 'f'
    WHERE t.relnamespace = 'public'::regnamespace AND t.relkind IN ('r', 'p') AND NOT t.relispartition GROUP BY t.relname`);
  const covered = new Set([...holdings().map(({ table }) => table), ...Object.keys(OF_NOBODY)]);
  for (let before = -1; before < covered.size;) {
    before = covered.size;
    for (const { name, goes_with: parents } of tables)
      if (parents.some((parent) => covered.has(parent) && parent !== 'users')) covered.add(name);
  }
  const forgotten = tables.map(({ name }) => name).filter((name) => !covered.has(name));
  if (forgotten.length) throw new Error(`nobody says whose ${forgotten.join(', ')} is. ${WHAT_TO_DO}`);
});

test('what is declared is there: each section can be read, and each fate carried out, in the schema as it is', async () => {
  const register = app.get(PersonalDataRegister);
  const nobody = {
    userId: '00000000-0000-4000-8000-000000000001',
    standInId: '00000000-0000-4000-8000-000000000002',
    names: ['nobody'],
    standInName: 'deleted-000000000000',
  };
  for (const { name, pages } of register.sectionsOf(nobody.userId)) {
    expect(name).toMatch(/^[a-z_]+$/);
    for await (const page of pages) throw new Error(`${name} has rows of nobody: ${page[0]}`);
  }
  for await (const file of register.filesOf(nobody.userId)) throw new Error(`a file of nobody: ${file.key}`);
  await register.erase(nobody);
});

test('what refers to a row that may be deleted is found by an index, however many rows there are', async () => {
  const unindexed = await app.db.query<{ name: string }>(`
    SELECT c.conrelid::regclass || '.' || a.attname AS name
    FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
    WHERE c.contype = 'f' AND c.confrelid <> 'tenants'::regclass AND NOT EXISTS (
      SELECT FROM pg_index i WHERE i.indrelid = c.conrelid AND i.indkey[0] = c.conkey[1]
        AND (i.indpred IS NULL OR pg_get_expr(i.indpred, i.indrelid) = '(' || a.attname || ' IS NOT NULL)'))
    ORDER BY name`);
  expect(unindexed.map(({ name }) => name)).toEqual([]);
});
