import { defineError } from 'src/core/errors/app-error';

export const ExportNotFound = defineError('export.not_found', 404);
