import type { Precision } from 'src/modules/location/precision';
import type { ShareView } from 'src/modules/location/shares.dto';

/** What is so, as those say whom it concerns: all that it takes to know who may see whom. */
export interface Facts {
  /** Those that are live, as their owners list them. */
  shares: ShareView[];
  members: Set<string>;
  /** Pairs: who has blocked, and whom. */
  blocks: Set<string>;
  contactsOf: (userId: string) => Set<string>;
}

const FINEST_FIRST: Precision[] = ['exact', 'street', 'neighbourhood', 'city'];
/** Metres that a position may be off at the most. */
export const WITHIN: Record<Precision, number> = { exact: 0, street: 71, neighbourhood: 778, city: 7849 };

export const isAsFine = (one: Precision, other: Precision) => FINEST_FIRST.indexOf(one) <= FINEST_FIRST.indexOf(other);

export const pairOf = (one: string, other: string) => `${one} ${other}`;

/** The shares by which the viewer may see the owner, the finest first, of those as fine the earliest. */
export const opened = (facts: Facts, owner: string, viewer: string): ShareView[] =>
  facts.shares
    .filter((share) => share.user_id === owner && opens(facts, share, viewer))
    .sort(
      (a, b) =>
        FINEST_FIRST.indexOf(a.precision) - FINEST_FIRST.indexOf(b.precision) || (a.created_at < b.created_at ? -1 : 1),
    );

/** Those of them that are as fine as any. */
export const finest = (shares: ShareView[]) => shares.filter(({ precision }) => precision === shares[0]!.precision);

function opens({ members, blocks, contactsOf }: Facts, share: ShareView, viewer: string): boolean {
  const { user_id: owner, audience, target_user_id } = share;
  if (viewer === owner || blocks.has(pairOf(owner, viewer)) || blocks.has(pairOf(viewer, owner))) return false;
  if (audience === 'user') return target_user_id === viewer;
  if (audience === 'chat') return members.has(owner) && members.has(viewer);
  return audience === 'contacts' && contactsOf(owner).has(viewer);
}
