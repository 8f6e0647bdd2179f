import { z } from 'zod';

/** The most days that a history can be kept for, other than for ever. */
export const MOST_DAYS = 365;

const history = () => z.enum(['live_only', 'days', 'forever']);
const days = () => z.int().min(1).max(MOST_DAYS);

export const LocationSettingsView = z
  .object({
    history: history().describe(
      '`live_only`: nothing but the newest position is kept. `days`: the positions of so many days. `forever`: all.',
    ),
    history_days: days().nullable().describe('With `days`.'),
  })
  .meta({ id: 'LocationSettings', example: { history: 'days', history_days: 30 } });
export type LocationSettingsView = z.infer<typeof LocationSettingsView>;

export const UpdateLocationSettings = z
  .object({
    history: history(),
    history_days: days().nullish().describe('With `days`; the server’s own number if not given.'),
  })
  .meta({ id: 'UpdateLocationSettings', example: { history: 'days', history_days: 30 } });
export type UpdateLocationSettings = z.infer<typeof UpdateLocationSettings>;
