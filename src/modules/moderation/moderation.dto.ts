import { id, idParam, instant, text } from 'src/core/fields/fields';
import { listView, PageQuery } from 'src/core/http/paging';
import { REASONS, RESOLUTIONS } from 'src/modules/moderation/moderation.entities';
import { FileView } from 'src/modules/files/files.dto';
import type { ReportRow } from 'src/modules/moderation/reports.repository';
import { MessageView } from 'src/modules/chats/messages.dto';
import { PersonView, toPersonView } from 'src/modules/users/users.dto';
import { z } from 'zod';

const reason = () => z.enum(REASONS);

export const FileReport = z
  .object({ reason: reason(), comment: text({ max: 1000 }).optional().describe('What the moderators should know.') })
  .meta({ id: 'FileReport', example: { reason: 'spam', comment: 'The same link in every chat.' } });
export type FileReport = z.infer<typeof FileReport>;

/** What the reporter learns: nothing of what comes of it. */
export const ReportReceiptView = z
  .object({ id: id(), reason: reason(), created_at: instant() })
  .meta({ id: 'ReportReceipt', example: { id: 7, reason: 'spam', created_at: '2026-01-31T09:30:00.000Z' } });
export type ReportReceiptView = z.infer<typeof ReportReceiptView>;

export const ReportsQuery = PageQuery.extend({
  status: z.enum(['open', 'resolved']).default('open').describe('Open ones come oldest first, others newest first.'),
  kind: z.enum(['message', 'user']).optional(),
  reason: reason().optional(),
  user_id: z.uuid().optional().describe('Who is reported.'),
  reporter_id: z.uuid().optional(),
  chat_id: idParam().optional(),
});
export type ReportsQuery = z.infer<typeof ReportsQuery>;

export const ResolveReport = z
  .object({
    actions: z
      .array(z.enum(RESOLUTIONS))
      .min(1)
      .max(RESOLUTIONS.length)
      .describe('What is done, all of it or nothing. `dismiss` stands alone.'),
    note: text({ max: 1000 }).optional().describe('Why, for other moderators.'),
  })
  .refine(({ actions }) => !actions.includes('dismiss') || new Set(actions).size === 1, {
    path: ['actions'],
    params: { code: 'either_or' },
    error: 'dismiss stands alone',
  })
  .meta({ id: 'ResolveReport', example: { actions: ['delete_message', 'warn'], note: 'First time.' } });
export type ResolveReport = z.infer<typeof ResolveReport>;

const EvidenceView = z.object({
  content: z.string(),
  message_type: z.string(),
  metadata: MessageView.shape.metadata,
  is_edited: z.boolean(),
  created_at: instant(),
  sender: z
    .object({ id: z.uuid(), username: z.string() })
    .optional()
    .describe('Who its sender was, if he has deleted his account since: `user` is his stand-in then.'),
});

export const ReportView = z
  .object({
    id: id(),
    kind: z.enum(['message', 'user']),
    status: z.enum(['open', 'resolved']),
    reason: reason(),
    comment: z.string().nullable(),
    reporter: PersonView.nullable().describe('null: he has gone.'),
    user: PersonView.describe('Who is reported; of a message its sender.'),
    open_reports_of_user: z.int().describe('How many reports about him are open.'),
    chat_id: id().nullable(),
    message_id: id().nullable(),
    evidence: EvidenceView.nullable().describe('What the message was when it was reported.'),
    file: FileView.nullable().describe(
      'What it carried, even if it is gone for everybody else. The URLs are for moderators and admins. Null too once it is let go.',
    ),
    actions: z.array(z.enum(RESOLUTIONS)).nullable(),
    note: z.string().nullable(),
    resolved_by: z.uuid().nullable(),
    resolved_at: instant().nullable(),
    created_at: instant(),
  })
  .meta({
    id: 'Report',
    example: {
      id: 7,
      kind: 'message',
      status: 'open',
      reason: 'spam',
      comment: 'The same link in every chat.',
      reporter: { id: '0199c5a0-7d2e-7b61-9d3c-2f6f0c6f4a11', username: 'ana', display_name: 'Ana', avatar_url: null },
      user: { id: '0199c5a0-8f41-7c02-a3d5-51b7f0a9c322', username: 'ben', display_name: 'Ben', avatar_url: null },
      open_reports_of_user: 1,
      chat_id: 12,
      message_id: 4711,
      evidence: {
        content: 'Buy now!',
        message_type: 'text',
        metadata: null,
        is_edited: false,
        created_at: '2026-01-31T09:29:00.000Z',
      },
      file: null,
      actions: null,
      note: null,
      resolved_by: null,
      resolved_at: null,
      created_at: '2026-01-31T09:30:00.000Z',
    },
  });
export type ReportView = z.infer<typeof ReportView>;

export const ReportListView = listView('reports', ReportView).meta({ id: 'ReportList' });
export type ReportListView = z.infer<typeof ReportListView>;

const fileOf = (reportId: number, file: FileView): FileView => {
  const url = `/api/v1/moderation/reports/${reportId}/file`;
  return { ...file, file_url: url, thumbnail_url: file.thumbnail_url && `${url}/thumbnail` };
};

/** A report, and what is known of the file that it holds. */
export interface ShownReport {
  row: ReportRow;
  file: FileView | undefined;
}

export const toReportView = ({ row, file }: ShownReport): ReportView => ({
  id: row.id,
  kind: row.message_id === null ? 'user' : 'message',
  status: row.resolved_at === null ? 'open' : 'resolved',
  reason: row.reason,
  comment: row.comment,
  reporter: row.reporter && toPersonView(row.reporter),
  user: toPersonView(row.user),
  open_reports_of_user: row.open_reports_of_user,
  chat_id: row.chat_id,
  message_id: row.message_id,
  evidence: row.evidence,
  file: file ? fileOf(row.id, file) : null,
  actions: row.resolutions,
  note: row.note,
  resolved_by: row.resolved_by,
  resolved_at: row.resolved_at?.toISOString() ?? null,
  created_at: row.created_at.toISOString(),
});
