import { endServices } from './services';
import { dropTemplate } from './template';

/** Runs once after all test files: nothing that `global-setup` made is left. */
export default async function globalTeardown(): Promise<void> {
  const { TEST_DATABASE_URL, TEST_TEMPLATE_DATABASE } = process.env;
  if (TEST_DATABASE_URL && TEST_TEMPLATE_DATABASE) await dropTemplate(TEST_DATABASE_URL, TEST_TEMPLATE_DATABASE);
  await endServices();
}
