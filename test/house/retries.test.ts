import { readFileSync } from 'node:fs';

interface Operation {
  parameters?: { name: string }[];
  responses: Record<string, unknown>;
}
const { paths } = JSON.parse(readFileSync('openapi.json', 'utf8')) as { paths: Record<string, { post?: Operation }> };

/** Why a retry of these makes nothing twice, though they know no key. */
const WITHOUT_KEY: Record<string, string> = {
  '/register': 'nobody is signed in yet, and an address has one account',
  '/auth/register': 'the same',
  '/push-notifications/device-tokens': 'a device has one row',
  '/profile/avatar': 'the later picture stands for the earlier',
  '/upload-avatar': 'the same',
  '/chats/{chat_id}/avatar': 'the same',
  '/files/uploads': '`client_id` in the body',
  '/files/uploads/{upload_id}/complete': 'it is complete once',
  '/chats/{chat_id}/participants': 'who is in the chat is in it once',
  '/location/imports': 'a point that is in the history already is not stored again',
  '/location/requests': 'a pair has one pending request',
  '/messages/{message_id}/report': 'there is one open report of the same by the same person',
  '/users/{user_id}/report': 'the same',
};

test('each POST that creates can be repeated under a key, or says why it needs none', () => {
  const creating = Object.entries(paths).filter(([, { post }]) => post && '201' in post.responses);
  const keyless = creating.filter(([, { post }]) => !post!.parameters?.some(({ name }) => name === 'Idempotency-Key'));
  expect(keyless.map(([path]) => path.replace('/api/v1', '')).sort()).toEqual(Object.keys(WITHOUT_KEY).sort());
});
