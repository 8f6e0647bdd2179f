/**
 * What is wrong with a history, as lines; none if all holds. `stored` are the chats as the database has them: id → `{ lastSeq,
 * members, messages: [{ id, seq, senderId, clientId, content }], changes: [seq] }`.
 */
export function violations(stored, clients) {
  const faults = [];
  const fault = (text) => faults.push(text);
  const all = [...stored.values()].flatMap(({ messages }) => messages);
  const named = new Map(all.map((message) => [`${message.senderId} ${message.clientId}`, message]));
  const times = new Map();
  for (const { content } of all) times.set(content, (times.get(content) ?? 0) + 1);

  for (const [chat, { lastSeq, messages, changes }] of stored) {
    const numbers = [...messages.map(({ seq }) => seq), ...changes].sort((a, b) => a - b);
    const isGapless = numbers.length === lastSeq && numbers.every((seq, index) => seq === index + 1);
    if (!isGapless) fault(`chat ${chat}: the numbers of its changes have gaps or repeats`);
  }
  for (const { person, acknowledged, unacknowledged, chats } of clients) {
    for (const { chat, clientId, id, seq, content } of acknowledged) {
      const message = named.get(`${person.id} ${clientId}`);
      if (!message) fault(`${clientId}: acknowledged and lost`);
      else if (message.id !== id || message.seq !== seq) fault(`${clientId}: acknowledged as another than it is`);
      if (times.get(content) > 1) fault(`${clientId}: stored ${times.get(content)} times (chat ${chat})`);
    }
    for (const { clientId, content } of unacknowledged)
      if (times.get(content) > 1) fault(`${clientId}: not acknowledged and stored ${times.get(content)} times`);
    for (const [chat, { members, messages }] of stored) {
      if (!members.includes(person.id)) continue;
      const held = chats.get(chat)?.applied ?? [];
      const inOrder = held.every(({ seq }, index) => index === 0 || seq > held[index - 1].seq);
      if (!inOrder) fault(`${person.username}: chat ${chat} was applied out of order`);
      const ids = held.map(({ id }) => id);
      if (new Set(ids).size !== ids.length) fault(`${person.username}: chat ${chat} holds a message twice`);
      const missing = messages.filter(({ id }) => !ids.includes(id)).length;
      if (missing || ids.length !== messages.length)
        fault(`${person.username}: chat ${chat} holds ${ids.length} of ${messages.length} messages`);
    }
  }
  const known = new Set(
    clients.flatMap((one) => [...one.acknowledged, ...one.unacknowledged].map(({ content }) => content)),
  );
  const strange = all.filter(({ content }) => !known.has(content)).length;
  if (strange) fault(`${strange} messages that nobody sent`);
  return faults;
}
