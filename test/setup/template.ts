import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { migrate } from '../../src/core/database/migrate';

/** Creates and migrates the database that every test file copies; gives its name. */
export async function createTemplate(adminUrl: string): Promise<string> {
  const name = `muster_template_${randomUUID().replaceAll('-', '')}`;
  await execute(adminUrl, `CREATE DATABASE ${name}`);
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  await migrate(url.href);
  return name;
}

export async function dropTemplate(adminUrl: string, name: string): Promise<void> {
  await execute(adminUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
}

async function execute(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
