import { UpdateProfile, type ProfileView } from 'src/modules/users/users.dto';
import { z } from 'zod';

export const AppSettingsView = z
  .object({
    language: z.string().nullable().describe('null follows the request.'),
    timezone: z.string().describe('An IANA name.'),
  })
  .meta({ id: 'AppSettings', example: { language: 'id', timezone: 'Asia/Jakarta' } });
export type AppSettingsView = z.infer<typeof AppSettingsView>;

/** What is left out stays as it is. */
export const UpdateAppSettings = UpdateProfile.pick({ language: true, timezone: true }).meta({
  id: 'UpdateAppSettings',
  example: { language: 'id' },
});
export type UpdateAppSettings = z.infer<typeof UpdateAppSettings>;

export const toAppSettingsView = ({ language, timezone }: ProfileView): AppSettingsView => ({ language, timezone });
