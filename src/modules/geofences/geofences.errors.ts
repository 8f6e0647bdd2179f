import { defineError } from 'src/core/errors/app-error';

export const GeofenceNotFound = defineError('geofence.not_found', 404);
export const TooManyGeofences = defineError('geofence.too_many', 422);
