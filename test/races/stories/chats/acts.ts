import { choices } from 'test/races/stories/chats/choices';
import { extras } from 'test/races/stories/chats/extras';
import { lines } from 'test/races/stories/chats/lines';
import { marks } from 'test/races/stories/chats/marks';
import { members } from 'test/races/stories/chats/members';
import { messages } from 'test/races/stories/chats/messages';
import type { ChatWorld } from 'test/races/stories/chats/world';
import type { Acts } from 'test/races/stories/story';

/** All that happens in stories of chats. */
export const CHAT_ACTS: Acts<ChatWorld> = { ...messages, ...marks, ...members, ...choices, ...extras, ...lines };
