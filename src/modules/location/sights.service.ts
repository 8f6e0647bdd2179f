import { Injectable } from '@nestjs/common';
import { HistoryCursors } from 'src/modules/location/history.cursors';
import { LocationAccess } from 'src/modules/location/location.access';
import type { Fix } from 'src/modules/location/location.dto';
import { show } from 'src/modules/location/location.policy';
import { coarsen, isFiner, type Precision } from 'src/modules/location/precision';
import type { Read } from 'src/modules/location/reads.repository';
import { ReadsService } from 'src/modules/location/reads.service';
import type { SightRow } from 'src/modules/location/reach.repository';

/** What one share shows to one viewer at the moment it was asked for: not to be kept. */
export interface Sight {
  shareId: number;
  ownerId: string;
  viewerId: string;
  precision: Precision;
  /** Nothing from before is shown. */
  begunAt: Date;
  /** The same of this viewer, who may have come into a chat later than the share began. */
  viewedFrom: Date;
  /** The fix as the viewer may see it, at the precision of the share; undefined: not at all. */
  show(fix: Fix): Fix | undefined;
}

/** For features that make something of others' positions: how much of them they may use, by the one function that decides. */
@Injectable()
export class SightsService {
  constructor(
    private readonly access: LocationAccess,
    private readonly reads: ReadsService,
    private readonly cursors: HistoryCursors,
  ) {}

  /** What these shares show to these viewers now; a viewer not named stands for any whom the share opens to. */
  async through(asked: { shareId: number; viewerId: string | null }[]): Promise<Sight[]> {
    return asked.length ? (await this.access.sights(asked)).map(toSight) : [];
  }

  /** What the share shows now, and to whom. */
  async of(shareId: number): Promise<Sight[]> {
    return (await this.access.sightsOf(shareId)).map(toSight);
  }

  /** The finest that the viewer may see of the owner now; undefined: nothing. */
  async between(ownerId: string, viewerId: string): Promise<Sight | undefined> {
    const rows = await this.access.sightsBetween(ownerId, viewerId);
    return rows.map(toSight).sort((a, b) => (isFiner(a.precision, b.precision) ? -1 : 1))[0];
  }

  /** Notes for the owners that viewers got events at fences, which say where they were. Settles when it is noted for good. */
  noteEvents = (seen: Omit<Read, 'exit'>[]): Promise<void> =>
    this.reads.note(seen.map((one) => ({ ...one, exit: 'fence' })));

  /** What a fix of the owner's is called where others see it: as in his history, it does not tell how many lie between two. */
  numberOf = (fixId: number, ownerId: string, where: string): number => this.cursors.numberOf(fixId, ownerId, where);

  /** How far off a position shown at a precision may be, in metres; 0 for an exact one. */
  within = (precision: Precision): number => coarsen({ latitude: 0, longitude: 0 }, precision, '')?.within ?? 0;

  /** Whether the one precision shows more than the other. */
  isFiner = isFiner;
}

const toSight = (row: SightRow): Sight => ({
  shareId: row.share_id,
  ownerId: row.user_id,
  viewerId: row.viewer_id,
  precision: row.precision,
  begunAt: row.begun_at,
  viewedFrom: row.viewed_from,
  show: (fix) => {
    if (fix.recordedAt < row.begun_at) return undefined;
    const shown = show(row, { ...nothingMore, ...fix, user_id: row.user_id, recorded_at: fix.recordedAt }, row);
    if (shown === undefined || shown === 'paused') return undefined;
    const { latitude, longitude, accuracy } = shown;
    return { id: fix.id, recordedAt: fix.recordedAt, latitude, longitude, accuracy };
  },
});

const nothingMore = { altitude: null, speed: null, heading: null };
