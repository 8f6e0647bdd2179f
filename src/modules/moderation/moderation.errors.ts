import { defineError } from 'src/core/errors/app-error';

export const ReportNotFound = defineError('report.not_found', 404);
export const ReportOfOneself = defineError('report.of_oneself', 422);
/** Another moderator was there first. */
export const ReportResolved = defineError('report.resolved', 409);
/** A message is to be deleted, and the report is about none. */
export const ReportHasNoMessage = defineError('report.has_no_message', 422);
/** The message carried none, or it has been let go. */
export const ReportHasNoFile = defineError('report.has_no_file', 404);
/** Its sender has deleted the message: there is nothing left to look at. */
export const MessageGone = defineError('report.message_gone', 409);
/** He is to be warned or suspended, and has left. */
export const ReportedUserGone = defineError('report.user_gone', 409);
