import { id, instant } from 'src/core/fields/fields';
import { z } from 'zod';

export const ImportView = z
  .object({
    id: id(),
    name: z.string(),
    state: z.enum(['waiting', 'running', 'done', 'failed']),
    progress: z.number().min(0).max(1).describe('The part of the file that is read.'),
    stored: z.int().describe('Points that are in your history now.'),
    refused: z
      .int()
      .describe(
        'Points without a time, from the future, from nowhere, older than you keep any, or of what you have deleted since.',
      ),
    fault: z.string().nullable().describe('Why it failed: `not_gpx`.'),
    created_at: instant(),
    ended_at: instant().nullable(),
  })
  .meta({
    id: 'LocationImport',
    example: {
      id: 3,
      name: 'hike.gpx',
      state: 'running',
      progress: 0.4,
      stored: 12_000,
      refused: 3,
      fault: null,
      created_at: '2026-01-31T09:30:00.000Z',
      ended_at: null,
    },
  });
export type ImportView = z.infer<typeof ImportView>;

export const ImportsView = z.object({ imports: z.array(ImportView) }).meta({ id: 'LocationImports' });
export type ImportsView = z.infer<typeof ImportsView>;

export interface ImportRow {
  id: number;
  user_id: string;
  storage_key: string;
  name: string;
  size: number;
  state: ImportView['state'];
  bytes_read: number;
  stored: number;
  refused: number;
  fault: string | null;
  created_at: Date;
  ended_at: Date | null;
}

export const toImportView = (row: ImportRow): ImportView => ({
  id: row.id,
  name: row.name,
  state: row.state,
  progress: row.state === 'done' ? 1 : row.size ? Math.min(1, row.bytes_read / row.size) : 0,
  stored: row.stored,
  refused: row.refused,
  fault: row.fault,
  created_at: row.created_at.toISOString(),
  ended_at: row.ended_at?.toISOString() ?? null,
});
