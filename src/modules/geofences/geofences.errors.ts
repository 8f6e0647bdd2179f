import { defineError } from 'src/core/errors/app-error';

export const GeofenceNotFound = defineError('geofence.not_found', 404);
export const TooManyGeofences = defineError('geofence.too_many', 422);
export const TooManyPositions = defineError('geofence.too_many_positions', 422);
export const InvalidPolygon = defineError('geofence.invalid_polygon', 422);
export const GeofenceEndsInPast = defineError('geofence.ends_in_past', 422);
export const GeofenceNotShared = defineError('geofence.not_shared', 422);
export const GeofenceTooSmall = defineError('geofence.too_small', 422);
export const GeofenceChanged = defineError('geofence.changed', 409);
export const GeofenceAskedTooOften = defineError('geofence.asked_too_often', 429);
export const TrackTooLarge = defineError('geofence.track_too_large', 413);
