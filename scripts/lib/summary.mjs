import { hostsOf } from './servers.mjs';

/** What `npm start` says once Muster stands; `report` is what the server told of itself. */
export function summary({ url, report, postgres, redis }) {
  return `
Muster is up (${report.roles.join(', ')}). Ctrl-C stops it; its data stay.

${table([
  ['API', url],
  ['Documentation', `${url}/docs  ${url}/redoc`],
  ['Health', `${url}/health/ready`],
])}

${table([
  ['PostgreSQL', placeOf(postgres)],
  ['Redis', placeOf(redis)],
  ['Files', report.files],
])}
${unconfigured(report.services)}`;
}

function placeOf({ url, version, folder }) {
  const hosts = hostsOf(url);
  return folder ? `${folder}  (${version}, on ${hosts})` : `${hosts}, as given`;
}

function unconfigured(services) {
  const rows = services.filter(({ configured }) => !configured).map(({ name, instead }) => [name, instead]);
  return rows.length > 0 ? `\nNot configured, and what happens instead:\n${table(rows)}\n` : '';
}

function table(rows) {
  const width = Math.max(...rows.map(([label]) => label.length));
  return rows.map(([label, text]) => `  ${label.padEnd(width)}  ${text}`).join('\n');
}
