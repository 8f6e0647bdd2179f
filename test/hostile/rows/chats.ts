import { form, unlessBlocked } from 'test/hostile/rows/people';
import { but, governors, members, signedIn, type Rule } from 'test/hostile/rules';
import { about, type Table } from 'test/hostile/table';

/** What members see of each other's messages, but only their author may change. */
const author: Rule = { ...members, member: 403, groupAdmin: 403 };

export const chats: Table = {
  'GET /messages/search': { who: signedIn, query: 'q=Lantern' },
  'GET /chats': signedIn,
  'POST /chats': { who: signedIn, body: { chat_type: 'group', name: 'Hikers' } },
  'GET /sync': signedIn,
  // says of a chat that one is not in that it is gone
  ...about('message', { 'POST /sync': { who: signedIn, says: ({ chat_id }) => ({ chats: { [chat_id!]: 0 } }) } }),

  ...about('message', {
    'GET /chats/{chat_id}': members,
    'PUT /chats/{chat_id}': { who: governors, body: { settings: { slow_mode_seconds: 0 } } },
    'GET /chats/{chat_id}/messages': members,
    'POST /chats/{chat_id}/messages': { who: members, body: { content: 'x' } },
    'GET /chats/{chat_id}/messages/search': { who: members, query: 'q=Lantern' },
    'POST /chats/{chat_id}/messages/mark-read': { who: members, body: {} },
    'GET /chats/{chat_id}/media': members,
    'GET /chats/{chat_id}/links': members,
    'GET /chats/{chat_id}/pins': members,
    'PUT /chats/{chat_id}/preferences': members,
    'GET /chats/{chat_id}/participants': members,
    'POST /chats/{chat_id}/avatar': { who: but(governors, 'file.type_not_allowed'), body: form('avatar') },
    'DELETE /chats/{chat_id}/avatar': governors,
    'GET /messages/{message_id}/thread': members,
    'GET /messages/{message_id}/edits': members,
    'PUT /messages/{message_id}/reactions': members,
    'PUT /messages/{message_id}/read': members,
    'GET /messages/{message_id}/receipts': members,
    'PUT /messages/{message_id}/pin': governors,
    'DELETE /messages/{message_id}/pin': governors,
    'PUT /messages/{message_id}': author,
    'DELETE /messages/{message_id}': { who: { ...author, groupAdmin: 'ok' }, query: 'for=all', anew: true },
    'POST /messages/{message_id}/report': { ...members, owner: 'report.of_oneself' },
  }),
  ...about('group', {
    'DELETE /chats/{chat_id}/messages': { who: members, anew: true },
    'DELETE /chats/{chat_id}': { who: { ...governors, groupAdmin: 403 }, anew: true },
    'POST /chats/{chat_id}/leave': { who: members, anew: true },
  }),
  ...about('participant', {
    'POST /chats/{chat_id}/participants': {
      who: governors,
      anew: true,
      says: ({ user_id }) => ({ user_ids: [user_id] }),
    },
    'PUT /chats/{chat_id}/participants/{user_id}': { who: { ...governors, groupAdmin: 403 }, anew: true },
    'DELETE /chats/{chat_id}/participants/{user_id}': { who: governors, anew: true },
  }),
  ...about('openGroup', { 'POST /invites/{token}/join': { who: unlessBlocked, byLink: true, anew: true } }),
  ...about('invite', {
    'POST /chats/{chat_id}/invites': { who: governors, body: {} },
    'GET /chats/{chat_id}/invites': members,
    // others' invitations are not there for members
    'DELETE /chats/{chat_id}/invites/{invite_id}': { who: { ...members, member: 404 }, anew: true },
    'GET /invites/{token}': { who: unlessBlocked, byLink: true },
  }),
};
