import { listView } from 'src/core/http/paging';
import { instant, text } from 'src/core/fields/fields';
import { DEVICE_TYPES, type DeviceToken } from 'src/modules/push/push.entities';
import { canonicalSubscription, isSubscription } from 'src/modules/push/subscription';
import { z } from 'zod';

/** What FCM called the device, or the JSON of a browser's push subscription, which is kept as one text whatever its form. */
const token = () =>
  z
    .string()
    .min(1)
    .max(2000)
    .transform((text, context) => {
      const token = isSubscription(text) ? canonicalSubscription(text) : FCM_TOKEN.test(text) ? text : undefined;
      if (token === undefined) context.addIssue({ code: 'custom', params: { code: 'no_push_token' } });
      return token ?? z.NEVER;
    })
    .meta({ type: 'string', minLength: 1, maxLength: 2000 });
const FCM_TOKEN = /^[\x21-\x7e]{1,500}$/;

const about = {
  device_id: text({ max: 255 }).nullable().optional(),
  device_name: text({ max: 100 }).nullable().optional(),
  app_version: text({ max: 50 }).nullable().optional(),
  os_version: text({ max: 50 }).nullable().optional(),
  locale: z
    .string()
    .max(35)
    .regex(/^[A-Za-z0-9]+([-_][A-Za-z0-9]+)*$/)
    .nullable()
    .optional()
    .describe('BCP 47; the language of its pushes if its user has chosen none.'),
};

export const RegisterDevice = z
  .object({ token: token(), device_type: z.enum(DEVICE_TYPES), ...about })
  .meta({ id: 'RegisterDevice', example: { token: 'fcm:APA91b', device_type: 'android', app_version: '1.4.0' } });
export type RegisterDevice = z.infer<typeof RegisterDevice>;

/** What is left out stays as it is; null empties. */
export const UpdateDevice = z
  .object({
    token: token().optional(),
    device_type: z.enum(DEVICE_TYPES).optional(),
    ...about,
    is_active: z.boolean().optional().describe('false: no pushes to this device.'),
  })
  .meta({ id: 'UpdateDevice', example: { token: 'fcm:APA91c', app_version: '1.5.0' } });
export type UpdateDevice = z.infer<typeof UpdateDevice>;

export const DeviceTokenView = z
  .object({
    id: z.int(),
    user_id: z.uuid(),
    token: z.string(),
    device_type: z.enum(DEVICE_TYPES),
    device_id: z.string().nullable(),
    device_name: z.string().nullable(),
    app_version: z.string().nullable(),
    os_version: z.string().nullable(),
    locale: z.string().nullable(),
    is_active: z.boolean(),
    last_used: instant(),
    created_at: instant(),
    updated_at: instant(),
  })
  .meta({
    id: 'DeviceToken',
    example: {
      id: 7,
      user_id: '0199c5a0-7d2e-7b61-9d3c-2f6f0c6f4a11',
      token: 'fcm:APA91b',
      device_type: 'android',
      device_id: null,
      device_name: 'Pixel 9',
      app_version: '1.4.0',
      os_version: '16',
      locale: 'en-GB',
      is_active: true,
      last_used: '2026-01-31T09:30:00.000Z',
      created_at: '2026-01-31T09:30:00.000Z',
      updated_at: '2026-01-31T09:30:00.000Z',
    },
  });
export type DeviceTokenView = z.infer<typeof DeviceTokenView>;

export const DeviceTokensView = listView('device_tokens', DeviceTokenView).meta({ id: 'DeviceTokens' });
export type DeviceTokensView = z.infer<typeof DeviceTokensView>;

export const toDeviceTokenView = (device: DeviceToken): DeviceTokenView => ({
  id: device.id,
  user_id: device.userId,
  token: device.token,
  device_type: device.deviceType,
  device_id: device.deviceId,
  device_name: device.deviceName,
  app_version: device.appVersion,
  os_version: device.osVersion,
  locale: device.locale,
  is_active: device.isActive,
  last_used: device.lastUsed.toISOString(),
  created_at: device.createdAt.toISOString(),
  updated_at: device.updatedAt.toISOString(),
});

/** What a body says about the device, as the code calls it; what was left out is undefined. */
export const aboutDevice = (body: UpdateDevice) => ({
  deviceId: body.device_id,
  deviceName: body.device_name,
  appVersion: body.app_version,
  osVersion: body.os_version,
  locale: body.locale,
});
