import { defineError } from 'src/core/errors/app-error';

export const ObjectNotFound = defineError('storage.object_not_found', 404);
export const UploadIncomplete = defineError('storage.upload_incomplete', 400);
export const RangeNotSatisfiable = defineError('storage.range_not_satisfiable', 416);
export const ObjectChanged = defineError('storage.object_changed', 409);
/** The disk or the S3 server does not answer, or answers that it cannot; trying again later is right. */
export const StorageUnavailable = defineError('storage.unavailable', 503);
export const StorageFull = defineError('storage.full', 507);
