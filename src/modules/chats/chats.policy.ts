import type { ChatType, ParticipantRole, Permission } from 'src/modules/chats/chats.entities';

/** What of a chat decides who may do what in it. */
export interface Rules extends PostingRules {
  whoMayAdd: Permission;
  whoMayEdit: Permission;
}

export interface PostingRules {
  chatType: ChatType;
  whoMayPost: Permission;
  slowModeSeconds: number;
}

export interface Poster {
  role: ParticipantRole;
  /** When he last sent something while slow mode was on. */
  lastSentAt: Date | null;
}

/** What keeps somebody from writing as he likes. */
export interface PostingLimit {
  mayPost: boolean;
  /** Until he may write again; 0 if now. */
  waitSeconds: number;
  /** How long each message makes him wait for the next. */
  slowModeSeconds: number;
}

/** Who takes part, in the order in which they came. */
export interface Heir {
  userId: string;
  role: ParticipantRole;
  /** Neither suspended nor deactivated. */
  isActive: boolean;
}

const RANK: Record<ParticipantRole, number> = { member: 0, admin: 1, owner: 2 };

const admits = (permission: Permission, role: ParticipantRole): boolean => permission === 'members' || RANK[role] > 0;

export const isAdmin = (role: ParticipantRole): boolean => RANK[role] > 0;

/** In a private chat, and in one's own, there is nothing to decide. */
export const mayPost = (rules: Pick<PostingRules, 'chatType' | 'whoMayPost'>, role: ParticipantRole): boolean =>
  rules.chatType !== 'group' || admits(rules.whoMayPost, role);

/** Put others into the group, or invite them by a link? */
export const mayAdd = (rules: Rules, role: ParticipantRole): boolean =>
  rules.chatType === 'group' && admits(rules.whoMayAdd, role);

/** Change its name, description and picture? */
export const mayEdit = (rules: Rules, role: ParticipantRole): boolean =>
  rules.chatType === 'group' && admits(rules.whoMayEdit, role);

/** Say who may do what, and see and end all of its invitations? */
export const mayGovern = (rules: Rules, role: ParticipantRole): boolean => rules.chatType === 'group' && isAdmin(role);

/** Put somebody else out? Only those below oneself. */
export const mayRemove = (actor: ParticipantRole, target: ParticipantRole): boolean => RANK[actor] > RANK[target];

/** Seconds until somebody may send again in slow mode, which holds for members; 0 if now. `now` and the row are of one clock. */
export function slowModeWait(
  { chatType, slowModeSeconds }: PostingRules,
  { role, lastSentAt }: Poster,
  now: Date,
): number {
  if (chatType !== 'group' || !slowModeSeconds || isAdmin(role) || !lastSentAt) return 0;
  return Math.max(0, Math.ceil((lastSentAt.getTime() - now.getTime()) / 1000 + slowModeSeconds));
}

/** Undefined for those who may write as they like. */
export function postingLimit(rules: PostingRules, poster: Poster, now: Date): PostingLimit | undefined {
  const canPost = mayPost(rules, poster.role);
  const slowModeSeconds = rules.chatType === 'group' && !isAdmin(poster.role) ? rules.slowModeSeconds : 0;
  if (canPost && !slowModeSeconds) return undefined;
  return { mayPost: canPost, waitSeconds: slowModeWait(rules, poster, now), slowModeSeconds };
}

/**
 * Who owns the group after its owner has gone: the admin who came first, else the member who did; of those whose accounts are closed
 * one only if there are no others; nobody of nobody.
 */
export function heirOf(remaining: Heir[]): string | undefined {
  const active = remaining.filter(({ isActive }) => isActive);
  const heirs = active.length ? active : remaining;
  return (heirs.find(({ role }) => role === 'admin') ?? heirs[0])?.userId;
}
