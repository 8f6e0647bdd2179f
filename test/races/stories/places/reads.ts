import type { ReadListView } from 'src/modules/location/watchers.dto';
import type { Walker } from 'test/races/stories/places/walker';

/** Who has got something of whom on which way, as those say who got it. */
export class Reads {
  private readonly counts = new Map<string, number>();

  note(owner: Walker, viewer: Walker | undefined, exit: 'rest' | 'history' | 'fence' | 'link') {
    const key = keyOf(owner, viewer, exit);
    this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
  }

  /** The same of those who had a link. */
  checkLinks(owner: Walker, log: ReadListView['reads']) {
    const logged = log.filter(({ exit }) => exit === 'link');
    const count = logged.reduce((sum, one) => sum + one.count, 0);
    expect({ owner: owner.name, count }).toEqual({
      owner: owner.name,
      count: this.counts.get(keyOf(owner, undefined, 'link')) ?? 0,
    });
  }

  /** The owner's log says so too, and no more. Of events at fences it counts other than we do. */
  check(owner: Walker, viewer: Walker, log: ReadListView['reads']) {
    const of = (exit: string) => log.filter((one) => one.exit === exit && one.user?.id === viewer.id);
    const logged = (exit: string) => of(exit).reduce((sum, { count }) => sum + count, 0);
    const noted = (exit: string) => this.counts.get(keyOf(owner, viewer, exit)) ?? 0;
    const heard = viewer.heard.filter(({ user_id, state }) => user_id === owner.id && state !== 'paused');
    const byHeard = new Set(heard.map(({ share_id }) => share_id));
    const byLogged = new Set(of('socket').map(({ share_id }) => share_id));
    const isUnheard = (id: number) => !byHeard.has(id) && !viewer.hasComeBack; // what was on its way to a line that went, he has not heard
    expect({
      ...{ owner: owner.name, viewer: viewer.name },
      ...{ rest: logged('rest'), history: logged('history'), fence: logged('fence') > 0 },
      unlogged: [...byHeard].filter((id) => !byLogged.has(id)),
      unheard: [...byLogged].filter(isUnheard),
    }).toEqual({
      ...{ owner: owner.name, viewer: viewer.name },
      ...{ rest: noted('rest'), history: noted('history'), fence: noted('fence') > 0 },
      unlogged: [],
      unheard: [],
    });
  }
}

const keyOf = (owner: Walker, viewer: Walker | undefined, exit: string) => `${owner.id} ${viewer?.id} ${exit}`;
