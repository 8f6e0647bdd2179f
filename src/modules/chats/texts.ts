import { linksIn } from 'src/modules/chats/links';
import { addressedIn, type Addressed } from 'src/modules/chats/mentions';
import { wordsOf, type MessageMetadata } from 'src/modules/chats/message-types';
import { termsOf } from 'src/modules/chats/search-terms';

/** What is kept of a text beside itself. */
export interface ReadText {
  /** What it is found by, as the literal of a `tsvector`. */
  terms: string;
  /** Web addresses in it. */
  links: string[];
  addressed: Addressed;
}

/** Reads the text of a message, new or edited, and what its type says beside it. */
export const readText = (
  chatId: number,
  content: string,
  metadata: MessageMetadata | null,
  fileName = '',
): ReadText => ({
  terms: termsOf(chatId, `${content} ${wordsOf(metadata)} ${fileName}`),
  links: linksIn(content),
  addressed: addressedIn(content),
});
