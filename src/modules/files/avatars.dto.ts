import { id } from 'src/core/fields/fields';
import { z } from 'zod';

export const AvatarView = z
  .object({
    file_id: id(),
    avatar_url: z
      .string()
      .describe('512 pixels square; also with `size` (small 96, medium 256) and `format` (webp, jpeg).'),
    thumbnail_url: z.string(),
  })
  .meta({
    id: 'Avatar',
    example: {
      file_id: 78,
      avatar_url: '/api/v1/files/78/thumbnail?size=large',
      thumbnail_url: '/api/v1/files/78/thumbnail?size=small',
    },
  });
export type AvatarView = z.infer<typeof AvatarView>;

export const toAvatarView = (fileId: number): AvatarView => ({
  file_id: fileId,
  avatar_url: `/api/v1/files/${fileId}/thumbnail?size=large`,
  thumbnail_url: `/api/v1/files/${fileId}/thumbnail?size=small`,
});
