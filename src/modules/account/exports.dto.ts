import { instant } from 'src/core/fields/fields';
import { EXPORT_STATUSES, type DataExport } from 'src/modules/account/exports.entities';
import { z } from 'zod';

export const ExportView = z
  .object({
    status: z.enum(EXPORT_STATUSES),
    requested_at: instant(),
    ready_at: instant().nullable(),
    expires_at: instant().nullable().describe('Until then the link is good.'),
    size_bytes: z.int().nullable(),
    download_url: z
      .string()
      .nullable()
      .describe('Whoever has it can fetch the ZIP, in parts too. Relative to this server unless PUBLIC_URL is set.'),
  })
  .meta({
    id: 'DataExport',
    example: {
      status: 'ready',
      requested_at: '2026-01-31T09:30:00.000Z',
      ready_at: '2026-01-31T09:30:12.000Z',
      expires_at: '2026-02-01T09:30:12.000Z',
      size_bytes: 1_048_576,
      download_url: '/api/v1/exports/7-Jt8w3nQ0',
    },
  });
export type ExportView = z.infer<typeof ExportView>;

export const toExportView = (row: DataExport, downloadUrl: string | null): ExportView => ({
  status: row.status,
  requested_at: row.createdAt.toISOString(),
  ready_at: row.readyAt?.toISOString() ?? null,
  expires_at: row.expiresAt?.toISOString() ?? null,
  size_bytes: row.sizeBytes,
  download_url: downloadUrl,
});
