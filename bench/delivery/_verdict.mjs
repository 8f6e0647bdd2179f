import { isDeepStrictEqual } from 'node:util';

/**
 * What is wrong with a history, as lines; none if all holds. `stored` are the chats as the database has them: id → `{ lastSeq,
 * members, messages, changes: [seq] }`, of a message `{ id, seq, senderId, clientId, content, isDeleted, edits, reactions }`.
 */
export function violations(stored, clients) {
  const all = [...stored.values()].flatMap(({ messages }) => messages);
  return [
    ...[...stored].flatMap(([chat, of]) => numbering(chat, of)),
    ...clients.flatMap((client) => [...sends(client, all), ...acts(client, all)]),
    ...clients.flatMap((client) => [...stored].flatMap(([chat, of]) => holding(client, chat, of))),
    ...strangers(all, clients),
  ];
}

function numbering(chat, { lastSeq, messages, changes }) {
  const numbers = [...messages.map(({ seq }) => seq), ...changes].sort((a, b) => a - b);
  const isGapless = numbers.length === lastSeq && numbers.every((seq, index) => seq === index + 1);
  return isGapless ? [] : [`chat ${chat}: the numbers of its changes have gaps or repeats`];
}

/** What was acknowledged is there, and nothing twice: what a message said first stands at the beginning of what it says. */
function sends({ person, acknowledged, unacknowledged }, all) {
  const faults = [];
  const times = new Map();
  for (const { content } of all) times.set(originOf(content), (times.get(originOf(content)) ?? 0) + 1);
  const named = new Map(all.map((message) => [`${message.senderId} ${message.clientId}`, message]));
  for (const { chat, clientId, id, seq, content } of acknowledged) {
    const message = named.get(`${person.id} ${clientId}`);
    if (!message) faults.push(`${clientId}: acknowledged and lost`);
    else if (message.id !== id || message.seq !== seq) faults.push(`${clientId}: acknowledged as another than it is`);
    if (times.get(content) > 1) faults.push(`${clientId}: stored ${times.get(content)} times (chat ${chat})`);
  }
  for (const { clientId, content } of unacknowledged)
    if (times.get(content) > 1) faults.push(`${clientId}: not acknowledged and stored ${times.get(content)} times`);
  return faults;
}

const originOf = (content) => content.split(', edited as ')[0];

/** What was made of a message and acknowledged is so; what was not acknowledged may be so. */
function acts({ person, acts: acted = new Map() }, all) {
  const faults = [];
  const byId = new Map(all.map((message) => [message.id, message]));
  for (const [id, { content, edits, deleted, emojis, open }] of acted) {
    const message = byId.get(id);
    const fault = (text) => faults.push(`${person.username}: message ${id}: ${text}`);
    if (!message) continue; // lost, as told above
    if (deleted === 'acknowledged' && !message.isDeleted) fault('deletion acknowledged and lost');
    if (message.isDeleted) {
      if (message.content || message.reactions.length) fault('deleted, and not empty');
      continue;
    }
    if (content !== undefined && ![content, open.content].includes(message.content))
      fault('edit acknowledged and lost');
    if (message.senderId === person.id && message.edits > edits)
      fault(`edited ${message.edits} times instead of ${edits}`);
    const own = message.reactions.filter((one) => one.endsWith(person.id)).map((one) => one.split(' ')[0]);
    const possible = [emojis, open.emojis].filter(Boolean).map((set) => [...set].sort().join());
    if (emojis && !possible.includes(own.sort().join())) fault('reaction acknowledged and lost');
  }
  return faults;
}

/** A member holds of a chat what is stored, each message applied once and in order. */
function holding({ person, chats }, chat, { members, messages }) {
  if (!members.includes(person.id)) return [];
  const faults = [];
  const fault = (text) => faults.push(`${person.username}: chat ${chat} ${text}`);
  const { applied = [], messages: held = new Map() } = chats.get(chat) ?? {};
  if (!applied.every(({ seq }, index) => index === 0 || seq > applied[index - 1].seq))
    fault('was applied out of order');
  const ids = new Set(applied.map(({ id }) => id));
  if (ids.size !== applied.length) fault('holds a message twice');
  if (messages.some(({ id }) => !ids.has(id)) || applied.length !== messages.length)
    fault(`holds ${applied.length} of ${messages.length} messages`);
  for (const { id, seq, content, isDeleted, reactions } of messages)
    if (held.has(id) && !isDeepStrictEqual(held.get(id), { id, seq, content, isDeleted, reactions }))
      fault(`holds message ${id} as ${JSON.stringify(held.get(id))}, not ${JSON.stringify({ content, isDeleted, reactions })}`); // oxfmt-ignore
  return faults;
}

function strangers(all, clients) {
  const known = new Set(
    clients.flatMap(({ person, acknowledged, unacknowledged }) =>
      [...acknowledged, ...unacknowledged].map(({ clientId }) => `${person.id} ${clientId}`),
    ),
  );
  const strange = all.filter(({ senderId, clientId }) => !known.has(`${senderId} ${clientId}`)).length;
  return strange ? [`${strange} messages that nobody sent`] : [];
}
