import type { Role } from 'src/core/http/roles';

/** May somebody with a role change an account? Moderators may keep users out, but neither touch staff nor grant roles. */
export const mayChange = (actor: Role, target: Role, change: { role?: Role }): boolean =>
  actor === 'admin' || (actor === 'moderator' && target === 'user' && change.role === undefined);
