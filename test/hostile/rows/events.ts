import { members, owner, signedIn, type Rule } from 'test/hostile/rules';
import { about, type Table } from 'test/hostile/table';

const callees: Rule = { ...members, owner: 409 };

/** Socket requests. Whoever may open no socket is refused at the handshake. */
export const events: Table = {
  ping: signedIn,
  set_language: { who: signedIn, body: { language: 'id' } },
  set_status: { who: signedIn, body: { status: 'away' } },
  location_update: { who: signedIn, body: { latitude: 45.7722, longitude: 14.3577 } },
  location_share_start: { who: signedIn, body: { audience: 'contacts' } },
  ...about('message', {
    join_chat: { who: members, says: ({ chat_id }) => ({ chat_id }) },
    leave_chat: { who: members, says: ({ chat_id }) => ({ chat_id }) },
    send_message: { who: members, says: ({ chat_id, message_id }) => ({ chat_id, forward_of: message_id }) },
    message_read: members,
    message_delivered: members,
    typing_indicator: { who: members, says: ({ chat_id }) => ({ chat_id, is_typing: true }) },
    sync: { who: signedIn, says: ({ chat_id }) => ({ chats: { [chat_id!]: 0 } }) },
  }),
  ...about('share', { location_share_stop: { who: owner, anew: true } }),
  ...about('call', {
    call_initiated: { who: members, anew: true, says: ({ chat_id }) => ({ chat_id }) },
    call_ringing: { who: members, anew: true },
    call_answered: { who: members, anew: true },
    call_declined: { who: callees, anew: true },
    call_ended: { who: members, anew: true },
    call_participant_joined: { who: members, anew: true },
    call_participant_left: { who: members, anew: true },
  }),
  ...about('talk', {
    call_participant_updated: { who: members, anew: true, says: ({ call_id }) => ({ call_id, is_muted: true }) },
    // to the member; he himself is nobody to connect to
    call_signal: {
      who: { ...members, member: 409 },
      anew: true,
      says: ({ call_id, to_user_id }) => ({ call_id, to_user_id, signal: { type: 'candidate', candidate: null } }),
    },
  }),
};
