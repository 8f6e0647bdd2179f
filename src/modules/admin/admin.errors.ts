import { defineError } from 'src/core/errors/app-error';

export const NotOnYourself = defineError('admin.not_on_yourself', 422);
export const WorkNotFound = defineError('admin.work_not_found', 404);
