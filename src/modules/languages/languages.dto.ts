import { z } from 'zod';

export const LanguageView = z
  .object({
    code: z.string().describe('BCP 47'),
    name: z.string().describe('In the language of the caller.'),
    native_name: z.string(),
    aliases: z.array(z.string()).describe('Other names that are accepted for it.'),
  })
  .meta({ id: 'Language', example: { code: 'ja', name: 'Japanese', native_name: '日本語', aliases: ['jp'] } });
export type LanguageView = z.infer<typeof LanguageView>;

export const LanguagesView = z
  .object({
    supported_languages: z.array(LanguageView),
    current_language: z.string(),
    default_language: z.string(),
  })
  .meta({ id: 'Languages' });
export type LanguagesView = z.infer<typeof LanguagesView>;

export const CurrentLanguageView = z
  .object({ language: z.string(), name: z.string(), native_name: z.string(), is_default: z.boolean() })
  .meta({
    id: 'CurrentLanguage',
    example: { language: 'en', name: 'English', native_name: 'English', is_default: true },
  });
export type CurrentLanguageView = z.infer<typeof CurrentLanguageView>;

export const LanguageTestView = z
  .object({ language: z.string(), translations: z.record(z.string(), z.string()) })
  .meta({ id: 'LanguageTest', example: { language: 'id', translations: { greeting: 'Halo, Ana!' } } });
export type LanguageTestView = z.infer<typeof LanguageTestView>;
