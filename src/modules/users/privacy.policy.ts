import type { Audience, User } from 'src/modules/users/users.entities';

/** How somebody stands to the owner of an account. */
export interface Relation {
  /** One of the two has blocked the other. */
  blocked: boolean;
  /** They share a chat. */
  acquainted: boolean;
  /** The owner has begun a private chat with him, or has written in theirs. What he does himself makes nobody a contact. */
  contact: boolean;
}

/** What an owner decides about. */
export type Privacy = Pick<User, 'findableBy' | 'lastSeenFor' | 'messagesFrom' | 'groupsFrom' | 'readReceipts'>;

/** A block ends everything, whatever the settings say. */
const admits = (audience: Audience, { blocked, contact }: Relation): boolean =>
  !blocked && (audience === 'everyone' || (audience === 'contacts' && contact));

/** May he see the owner's profile? Those who share a chat always may, unless blocked; to others the owner must be findable. */
export const maySeeProfile = (owner: Privacy, relation: Relation): boolean =>
  !relation.blocked && (relation.acquainted || admits(owner.findableBy, relation));

/** May he see whether the owner is there, and when he was last? */
export const maySeePresence = (owner: Privacy, relation: Relation): boolean => admits(owner.lastSeenFor, relation);

/** May he begin a private chat with the owner? A contact has one with him already. */
export const mayMessage = (owner: Privacy, relation: Relation): boolean => admits(owner.messagesFrom, relation);

/** May he put the owner into a group? */
export const mayAddToGroup = (owner: Privacy, relation: Relation): boolean => admits(owner.groupsFrom, relation);
