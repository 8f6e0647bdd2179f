import { text } from 'src/core/fields/fields';
import { z } from 'zod';

export const TemplatesQuery = z.object({ language: z.string().max(35).default('en') });
export type TemplatesQuery = z.infer<typeof TemplatesQuery>;

export const ChangeTemplate = z
  .object({
    key: z.string().max(100),
    language: z.string().max(35),
    text: text({ min: 1, max: 500 })
      .nullable()
      .describe('With no places but those of the default text, such as {{sender}}; null: the default text again.'),
  })
  .meta({
    id: 'ChangePushTemplate',
    example: { key: 'message.summary.body_other', language: 'en', text: '{{count, number}} unread' },
  });
export type ChangeTemplate = z.infer<typeof ChangeTemplate>;

export const TemplateView = z
  .object({
    key: z.string(),
    language: z.string(),
    text: z.string().nullable().describe('null: the default text holds.'),
    default_text: z.string(),
    placeholders: z.array(z.string()).describe('What may stand in it.'),
  })
  .meta({ id: 'PushTemplate' });
export type TemplateView = z.infer<typeof TemplateView>;
export const TemplatesView = z.object({ templates: z.array(TemplateView) }).meta({ id: 'PushTemplates' });
export type TemplatesView = z.infer<typeof TemplatesView>;
