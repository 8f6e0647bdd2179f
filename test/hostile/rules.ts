/**
 * How somebody may stand to a thing. The owner has made it, in his group if it is in one; member and group's admin are in that group,
 * the former member has left it; the blocked one was blocked by the owner; moderator and admin are the app's, and know nobody.
 * There is one tenant (docs/architecture.md), but tables have a place for more: who is of another, even its admin, finds
 * nothing of this one.
 */
export const PEOPLE = [
  'anonymous',
  'suspended',
  'stranger',
  'otherTenant',
  'otherAdmin',
  'blocked',
  'former',
  'member',
  'groupAdmin',
  'owner',
  'moderator',
  'admin',
] as const;
export type Person = (typeof PEOPLE)[number];

/** What somebody is answered: that it is done, the status of a refusal, or its code where the status alone would say too little. */
export type Answer = 'ok' | number | `${string}.${string}`;
export type Rule = Record<Person, Answer>;

const ruleOf = (answerOf: (person: Person) => Answer) =>
  Object.fromEntries(PEOPLE.map((person) => [person, answerOf(person)])) as Rule;

/** Whoever has the address. */
export const anybody = ruleOf(() => 'ok');
/** Those with an account in good standing. */
export const signedIn: Rule = { ...anybody, anonymous: 401, suspended: 401 };

/** The same, of people and what they show to everybody. */
export const sameTenant: Rule = { ...signedIn, otherTenant: 404, otherAdmin: 404 };

/** These alone; to others it isn't there. */
const only = (allowed: Person[], others: number = 404): Rule =>
  ruleOf((person) => (allowed.includes(person) ? 'ok' : signedIn[person] === 'ok' ? others : signedIn[person]));

export const owner = only(['owner']);
export const member = only(['member']);
export const members = only(['member', 'groupAdmin', 'owner']);
/** Members are told that they may not; to others it isn't there. */
export const governors: Rule = { ...members, member: 403 };
export const staff = only(['moderator', 'admin', 'otherAdmin'], 403);
export const admins = only(['admin', 'otherAdmin'], 403);
/** The same of a thing, which is of one tenant. */
export const ofTenant = (rule: Rule): Rule => ({ ...rule, otherAdmin: 404 });

/** A rule with other answers for those who would be let in: where even they can't do it, or are to be refused for want of a good body. */
export const but = (rule: Rule, answer: Answer): Rule =>
  ruleOf((person) => (rule[person] === 'ok' ? answer : rule[person]));
