import { defineError } from 'src/core/errors/app-error';

export const DeviceTokenNotFound = defineError('push.device_token_not_found', 404);
export const NotificationNotFound = defineError('push.notification_not_found', 404);
export const TemplateNotFound = defineError('push.template_not_found', 404);
export const TemplateInvalid = defineError('push.template_invalid', 422);
