import type { PushBody } from 'src/contracts';
import type { LocationView } from 'src/modules/location/location.dto';
import { away, HERE } from 'test/factories/locations';
import type { TestUser } from 'test/factories/users';
import type { Draw } from 'test/races/stories/story';
import type { TestApp } from 'test/support/boot';
import { connect, type TestSocket } from 'test/support/socket';

/** Metres north of `HERE` where people are; what lies around one of them hides or touches no other. */
export const SPOTS = [0, 400, 1500, 3000] as const;
/** Within these of a spot's middle. */
const STRAY_M = 12;
/** Nobody goes faster than he is believed to. */
const STEP_MS = 40;
/** Devices are a little late, so that they are hardly ever ahead of the server, however fast they go on. */
const BEHIND_MS = 300;

interface Span {
  from: number;
  to: number;
}
export type Heard = PushBody<'shared_location_update'>;

/** Somebody with a device that tells where he is, and one that hears of others; and what he knows of himself. */
export class Walker {
  /** All that were acknowledged. */
  readonly points: (LocationView & { spot: number })[] = [];
  /** Those that are in his history as he has chosen, by their ids. */
  kept = new Set<number>();
  private readonly deleted: Span[] = [];
  /** Where he is not to be seen: places by their ids. */
  readonly hidden = new Map<number, number>();
  /** Those with whom he has begun a private chat, or written in one. */
  readonly contacts = new Set<string>();
  hasComeBack = false;
  /** Points that came while he changed what is kept: nobody can say whether they are. */
  readonly unsure = new Set<number>();
  private readonly everUnsure = new Set<string>();
  /** How many changes of what is kept there had been when a point was drafted; none if one was under way. */
  private readonly drafted = new Map<string, number>();
  private changes = 0;
  private changing = 0;
  private hasForgotten = false;
  private last = 0;
  private before: TestSocket[] = [];

  private constructor(
    readonly user: TestUser,
    public socket: TestSocket,
  ) {}

  static arrive = async (user: TestUser, node: TestApp) => new Walker(user, await connect(node, user));

  get name() {
    return this.user.username;
  }

  get id() {
    return this.user.id;
  }

  /** A point of now, or of so many minutes ago. */
  pointAt(spot: number, draw: Draw, minutesAgo = 0) {
    this.last = Math.max(this.last + STEP_MS, Date.now() - BEHIND_MS);
    const stray = draw.one([0, 3, 7, STRAY_M]);
    const recorded_at = new Date(this.last - minutesAgo * 60_000).toISOString();
    if (!this.changing) this.drafted.set(recorded_at, this.changes);
    return { ...away(HERE, spot, stray), accuracy: 5, speed: 1.5, recorded_at };
  }

  /** The moment after all that his device has told of. */
  get now() {
    return this.last + 1;
  }

  remember(point: LocationView, spot: number) {
    this.points.push({ ...point, spot });
    if (this.changing || this.drafted.get(point.recorded_at) !== this.changes) {
      this.unsure.add(point.id);
      this.everUnsure.add(point.recorded_at);
    } else if (point.is_kept) this.kept.add(point.id);
  }

  /** Changes what is kept: what is there of a span goes. */
  async change(forgotten: Span | undefined, work: () => Promise<unknown>) {
    this.changes++;
    this.changing++;
    if (forgotten) {
      this.deleted.push(forgotten);
      this.hasForgotten = true;
      for (const { id, recorded_at } of this.points)
        if (isWithin(Date.parse(recorded_at), forgotten)) this.kept.delete(id);
    }
    await work();
    this.changing--;
  }

  /** What he has in his history, when it is calm: no more than he may have, and all of what he must. */
  expectToKeep(ids: number[]) {
    const must = [...this.kept].filter((id) => !this.unsure.has(id) && !ids.includes(id));
    const mustNot = ids.filter((id) => !this.unsure.has(id) && !this.kept.has(id));
    expect({ name: this.name, must, mustNot }).toEqual({ name: this.name, must: [], mustNot: [] });
    this.kept = new Set(ids);
    this.unsure.clear();
  }

  /** Has he deleted what happened at a moment? */
  hasDeleted = (recordedAt: string) =>
    !this.everUnsure.has(recordedAt) && this.deleted.some((span) => isWithin(Date.parse(recordedAt), span));

  /** Has he deleted anything since this was last asked? */
  takeForgotten() {
    const has = this.hasForgotten;
    this.hasForgotten = false;
    return has;
  }

  get newest() {
    return this.points.reduce<(typeof this.points)[number] | undefined>(
      (a, b) => (a && a.recorded_at > b.recorded_at ? a : b),
      undefined,
    );
  }

  isHiddenAt = (spot: number) => [...this.hidden.values()].includes(spot);

  async comeBack(node: TestApp) {
    this.hasComeBack = true;
    this.socket.close();
    this.before.push(this.socket);
    this.socket = await connect(node, this.user);
  }

  /** All of others' positions that any of his connections has heard. */
  get heard(): Heard[] {
    return [...this.before, this.socket].flatMap((socket) => socket.all('shared_location_update'));
  }

  get heardEvents() {
    return [...this.before, this.socket].flatMap((socket) => socket.all('geofence_event'));
  }
}

const isWithin = (at: number, { from, to }: Span) => at >= from && at < to;
