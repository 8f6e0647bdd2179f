import { id, instant } from 'src/core/fields/fields';
import { FileView } from 'src/modules/files/files.dto';
import { z } from 'zod';

export const BeginUpload = z
  .object({
    file_name: z.string().max(5000).describe('Only shown.'),
    file_size: z.int().min(1).describe('Bytes that will be sent, exactly.'),
    client_id: z
      .string()
      .regex(/^[\x21-\x7e]{1,128}$/)
      .optional()
      .describe('Your own name of the upload: beginning it again gives the same one.'),
  })
  .meta({ id: 'BeginUpload', example: { file_name: 'hut.jpg', file_size: 482113 } });
export type BeginUpload = z.infer<typeof BeginUpload>;

export const UploadView = z
  .object({
    upload_id: id(),
    method: z.literal('PUT'),
    url: z.string().describe('Where to send the bytes, without an access token; if relative, below the server’s own.'),
    headers: z.record(z.string(), z.string()).describe('To be sent with them exactly.'),
    expires_at: instant(),
    file: FileView.nullable().describe(
      'Of an upload that was complete before: what came of it. Then nothing is to be sent.',
    ),
  })
  .meta({
    id: 'Upload',
    example: {
      upload_id: 77,
      method: 'PUT',
      url: '/api/v1/files/uploads/77/bytes/0199c5a0-7d2e-4b61-9d3c-2f6f0c6f4a11',
      headers: { 'content-type': 'application/octet-stream' },
      expires_at: '2026-01-31T10:30:00.000Z',
      file: null,
    },
  });
export type UploadView = z.infer<typeof UploadView>;
