import { z } from 'zod';

/** One whole emoji as Unicode recommends it for interchange: a family, a flag or a skin tone included. */
const EMOJI = new RegExp('^\\p{RGI_Emoji}$', 'v');
const SHOWN_AS_EMOJI = '\ufe0f';
const LONGEST = 64;

/** One emoji and nothing else. One that was sent without the sign to show it in colour (❤ for ❤️) gets it, so that both are one. */
export const emoji = () =>
  z
    .string()
    .max(LONGEST)
    .transform((given) => (EMOJI.test(given) ? given : `${given}${SHOWN_AS_EMOJI}`))
    .refine((given) => EMOJI.test(given), { params: { code: 'not_an_emoji' } });
