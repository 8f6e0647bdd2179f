import { defineError } from 'src/core/errors/app-error';

export const GeofenceNotFound = defineError('geofence.not_found', 404);
export const TooManyGeofences = defineError('geofence.too_many', 422);
export const InvalidPolygon = defineError('geofence.invalid_polygon', 422);
export const GeofenceEndsInPast = defineError('geofence.ends_in_past', 422);
