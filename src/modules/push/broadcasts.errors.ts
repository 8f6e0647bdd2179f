import { defineError } from 'src/core/errors/app-error';

export const BroadcastNotFound = defineError('push.broadcast_not_found', 404);
export const BroadcastOver = defineError('push.broadcast_over', 409);
