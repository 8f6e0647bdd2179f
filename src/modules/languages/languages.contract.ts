import type { Requests } from 'src/core/contract';
import { text } from 'src/core/fields/fields';
import { CurrentLanguageView } from 'src/modules/languages/languages.dto';
import { z } from 'zod';

export const languageRequests = {
  set_language: {
    about:
      'Speak another language on this connection: acknowledgements from the next one on, and what Muster says in chats, are in it. The user’s own choice, which decides about pushes to devices and mails, stays as it is (`PUT /profile`).',
    body: z.object({ language: text({ min: 1, max: 35 }).describe('BCP 47; `jp` and `cn` are `ja` and `zh`.') }),
    ack: CurrentLanguageView,
  },
} satisfies Requests;
