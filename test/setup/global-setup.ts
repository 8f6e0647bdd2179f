import path from 'node:path';
import { findServices } from './services';
import { createTemplate } from './template';

/**
 * Runs once before all test files, which then find in the environment: TEST_DATABASE_URL, a superuser's; the name of a
 * migrated database to copy in TEST_TEMPLATE_DATABASE; and TEST_REDIS_URL. Processes that the code under
 * test starts from files of ours understand TypeScript.
 */
export default async function globalSetup(): Promise<void> {
  const { databaseUrl, redisUrl } = await findServices();
  const template = await createTemplate(databaseUrl);
  Object.assign(process.env, {
    TEST_DATABASE_URL: databaseUrl,
    TEST_TEMPLATE_DATABASE: template,
    TEST_REDIS_URL: redisUrl,
    NODE_OPTIONS:
      `${process.env.NODE_OPTIONS ?? ''} --require=${path.resolve('test/setup/typescript-hook.cjs')}`.trim(),
  });
}
