import { id, instant } from 'src/core/fields/fields';
import type { FileRow } from 'src/modules/files/files.repository';
import { z } from 'zod';

/** A file as everybody sees it who may read it. URLs are below the server's own and want the caller's access token. */
export const FileView = z
  .object({
    id: id(),
    file_url: z.string(),
    thumbnail_url: z
      .string()
      .nullable()
      .describe('A preview; add `size` (small, medium, large) and `format` (webp, jpeg). Null while there is none.'),
    preview: z
      .enum(['pending', 'ready', 'none', 'failed'])
      .describe('none: nothing can be made of it, here or at all.'),
    file_name: z.string(),
    file_size: z.int().describe('Bytes of what its owner uploaded.'),
    content_type: z.string().describe('By its content, not by its name.'),
    message_type: z.enum(['image', 'video', 'audio', 'file']).describe('Of a message that carries it.'),
    status: z
      .enum(['processing', 'ready', 'processing_failed'])
      .describe('While it is processing, or if that failed, only its owner can download it.'),
    width: z.int().nullable().describe('Pixels, as seen.'),
    height: z.int().nullable(),
    duration_ms: z.int().nullable(),
    is_animated: z.boolean(),
    waveform: z.array(z.int()).nullable().describe('How loud a recording is, 0–255, from beginning to end.'),
    thumbhash: z.string().nullable().describe('A few bytes that paint a placeholder, in base64.'),
    created_at: instant(),
  })
  .meta({
    id: 'File',
    example: {
      id: 77,
      file_url: '/api/v1/files/77',
      thumbnail_url: '/api/v1/files/77/thumbnail',
      preview: 'ready',
      file_name: 'hut.jpg',
      file_size: 482113,
      content_type: 'image/jpeg',
      message_type: 'image',
      status: 'ready',
      width: 4032,
      height: 3024,
      duration_ms: null,
      is_animated: false,
      waveform: null,
      thumbhash: 'HRgKDQZ4iHePd4h3eHh4h4eHdwg4',
      created_at: '2026-01-31T09:30:00.000Z',
    },
  });
export type FileView = z.infer<typeof FileView>;

const ROOT = '/api/v1/files';

/** Of a file whose bytes are here. */
export const toFileView = (row: FileRow): FileView => ({
  id: row.id,
  file_url: `${ROOT}/${row.id}`,
  thumbnail_url: row.has_thumbnails ? `${ROOT}/${row.id}/thumbnail` : null,
  preview: previewOf(row),
  file_name: row.file_name,
  file_size: row.file_size,
  content_type: row.content_type,
  message_type: row.kind,
  status: row.status as FileView['status'],
  width: row.width,
  height: row.height,
  duration_ms: row.duration_ms,
  is_animated: row.is_animated,
  waveform: row.waveform,
  thumbhash: row.thumbhash,
  created_at: row.created_at.toISOString(),
});

function previewOf({ status, has_thumbnails: has }: FileRow): FileView['preview'] {
  if (status === 'processing') return 'pending';
  if (status === 'processing_failed') return 'failed';
  return has ? 'ready' : 'none';
}

export const ThumbnailQuery = z.object({
  size: z
    .enum(['small', 'medium', 'large'])
    .default('medium')
    .describe('At most 240, 640 or 1600 pixels long; of avatars 96, 256 and 512 square.'),
  format: z.enum(['webp', 'jpeg']).default('webp').describe('What moves, moves in webp.'),
});
export type ThumbnailQuery = z.infer<typeof ThumbnailQuery>;

export const DownloadQuery = z.object({
  download: z
    .enum(['true', 'false'])
    .default('false')
    .transform((text) => text === 'true')
    .describe('true: to be saved, never shown in place.'),
});
export type DownloadQuery = z.infer<typeof DownloadQuery>;
