import type { Privacy } from 'src/modules/users/privacy.policy';
import { z } from 'zod';

const audience = () => z.enum(['everyone', 'contacts', 'nobody']);

/** `contacts` are those with whom the user has begun a private chat, or has written in one: as in shares of his position. */
export const PrivacyView = z
  .object({
    find_me: audience().describe(
      'Who finds the user by search, and sees his profile; who shares a chat with him sees it in any case.',
    ),
    last_seen: audience().describe('Who sees whether he is there, and when he was last.'),
    messages: audience().describe('Who may begin a private chat with him; contacts have one with him already.'),
    groups: audience().describe('Who may put him into a group.'),
    read_receipts: z.boolean().describe('Do others see what he has read? If not, he doesn’t see it of others.'),
  })
  .meta({
    id: 'Privacy',
    description:
      '`contacts` are those with whom the user has begun a private chat, or has written in one: what others do makes nobody a contact.',
    example: {
      find_me: 'everyone',
      last_seen: 'contacts',
      messages: 'everyone',
      groups: 'contacts',
      read_receipts: true,
    },
  });
export type PrivacyView = z.infer<typeof PrivacyView>;

/** What is left out stays as it is. */
export const UpdatePrivacy = PrivacyView.partial().meta({ id: 'UpdatePrivacy', example: { last_seen: 'nobody' } });
export type UpdatePrivacy = z.infer<typeof UpdatePrivacy>;

export const toPrivacyView = (user: Privacy): PrivacyView => ({
  find_me: user.findableBy,
  last_seen: user.lastSeenFor,
  messages: user.messagesFrom,
  groups: user.groupsFrom,
  read_receipts: user.readReceipts,
});
