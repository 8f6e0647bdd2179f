import { id, instant, instantInput } from 'src/core/fields/fields';
import { listView } from 'src/core/http/paging';
import { LocationView } from 'src/modules/location/location.dto';
import { z } from 'zod';

const span = {
  start: instantInput().optional().describe('Its moment is included.'),
  start_time: instantInput().optional().describe('The same under another name.'),
  end: instantInput().optional().describe('Its moment is not included.'),
  end_time: instantInput().optional().describe('The same under another name.'),
};

export const HistoryQuery = z.object({
  ...span,
  format: z
    .enum(['json', 'geojson', 'gpx'])
    .default('json')
    .describe('`json` comes in pages; the others give the whole span at once, however long.'),
  tolerance: z.coerce
    .number()
    .min(0)
    .max(10_000)
    .optional()
    .describe('Metres: points that lie nearer to the way between those left are left out, within each page.'),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: z.string().max(512).optional(),
});
export type HistoryQuery = z.infer<typeof HistoryQuery>;

export const StatsQuery = z.object(span);
export type StatsQuery = z.infer<typeof StatsQuery>;

/** To delete a history one must say from when to when; `all` says that there is no end. */
export const DeletionQuery = z
  .object({ ...span, all: z.enum(['true']).optional().describe('Instead of a start and an end: everything.') })
  .refine(({ start, start_time, end, end_time, all }) => all || ((start ?? start_time) && (end ?? end_time)), {
    path: ['start'],
    params: { code: 'required' },
  });
export type DeletionQuery = z.infer<typeof DeletionQuery>;

export interface Span {
  from: Date | null;
  to: Date | null;
}

export const toSpan = (query: StatsQuery): Span => ({
  from: query.start ?? query.start_time ?? null,
  to: query.end ?? query.end_time ?? null,
});

export const HistoryView = listView('locations', LocationView).meta({ id: 'LocationHistory' });
export type HistoryView = z.infer<typeof HistoryView>;

/** A point as GeoJSON (RFC 7946): the altitude, where it is known, is the third of its coordinates. */
const PointFeature = z.object({
  type: z.literal('Feature'),
  id: id(),
  geometry: z.object({
    type: z.literal('Point'),
    coordinates: z
      .array(z.number())
      .min(2)
      .max(3)
      .describe('Longitude, latitude and, if it is known, altitude in metres.'),
  }),
  properties: LocationView.pick({
    accuracy: true,
    speed: true,
    heading: true,
    battery: true,
    activity: true,
    source: true,
  }).extend({ time: instant() }),
});

export const GeoJsonHistory = z.object({ type: z.literal('FeatureCollection'), features: z.array(PointFeature) }).meta({
  example: {
    type: 'FeatureCollection',
    features: [
      {
        type: 'Feature',
        id: 815,
        geometry: { type: 'Point', coordinates: [14.3577, 45.7722, 560.5] },
        properties: {
          time: '2026-01-31T09:30:00.000Z',
          accuracy: 8,
          speed: 1.4,
          heading: 92,
          battery: 81,
          activity: 'walking',
          source: 'gps',
        },
      },
    ],
  },
});

export const GpxHistory = z
  .string()
  .describe('One track of GPX 1.1; a point’s accuracy, in metres, is among its extensions.')
  .meta({
    example: `<?xml version="1.0" encoding="UTF-8"?>
<gpx version="1.1" creator="Muster" xmlns="http://www.topografix.com/GPX/1/1" xmlns:m="urn:muster:track"><trk><trkseg>
<trkpt lat="45.7722" lon="14.3577"><ele>560.5</ele><time>2026-01-31T09:30:00.000Z</time><extensions><m:accuracy>8</m:accuracy></extensions></trkpt>
</trkseg></trk></gpx>
`,
  });

export const DeletedView = z.object({ deleted: z.int() }).meta({ id: 'DeletedLocations' });
export type DeletedView = z.infer<typeof DeletedView>;

export const StatsView = z
  .object({
    timezone: z.string(),
    start: z.iso.datetime(),
    end: z.iso.datetime(),
    points: z.int().describe('Those that are believed: no mock, jump or inaccurate ones.'),
    distance_meters: z.number(),
    moving_seconds: z.number(),
    days: z.array(
      z.object({
        date: z.iso.date().describe('In the time zone.'),
        points: z.int(),
        distance_meters: z.number(),
        moving_seconds: z.number(),
      }),
    ),
    places: z
      .array(z.object({ latitude: z.number(), longitude: z.number(), visits: z.int(), seconds: z.number() }))
      .describe('Where you stayed for ten minutes or more, longest first.'),
  })
  .meta({
    id: 'LocationStats',
    example: {
      timezone: 'Europe/Ljubljana',
      start: '2026-01-01T00:00:00.000Z',
      end: '2026-01-31T00:00:00.000Z',
      points: 1200,
      distance_meters: 5120.4,
      moving_seconds: 3900,
      days: [{ date: '2026-01-30', points: 1200, distance_meters: 5120.4, moving_seconds: 3900 }],
      places: [{ latitude: 45.7722, longitude: 14.3577, visits: 2, seconds: 5400 }],
    },
  });
export type StatsView = z.infer<typeof StatsView>;
