// What is said: who, in which chat, what, and over which door if not the socket.

/** While Cleo is away: Ana and Ben talk in the group, and both write to Cleo. */
export const BEFORE = [
  ['ana', 'group', 'Off for a walk to Cerknica. Who comes along?'],
  ['ben', 'group', 'I have to drive through Višnjan, but I can listen.'],
  ['ana', 'group', 'Cleo, are you awake?'],
  ['ana', 'pair', 'Call me when you are up.', 'rest'],
  ['ben', 'group', 'Asleep, I guess. ☕', 'rest'],
];

/** All three are there. */
export const TOGETHER = [
  ['cleo', 'group', 'Good morning! Share your places with me, and I will watch.'],
  ['cleo', 'pair', 'Just read it. Take an umbrella.'],
  ['ben', 'group', 'Sharing. Starting the car.'],
  ['ana', 'group', 'Sharing too. Boots are on.'],
];

/** On the way; each is said when the part of the longest journey that stands before it is done. */
export const ON_THE_WAY = [
  [0.08, ['ana', 'group', 'Past the last houses.']],
  [0.16, ['ben', 'group', 'Out of the village, on the main road.']],
  [0.24, ['cleo', 'group', 'I see you both move.']],
  [0.34, ['ana', 'pair', 'No rain so far.', 'rest']],
  [0.42, ['cleo', 'pair', 'You are fast today!']],
  [0.5, ['ben', 'group', 'Arrived, engine off.']],
  [0.6, ['ana', 'group', 'In the woods now. 🌲']],
  [0.7, ['cleo', 'group', 'Was that a short cut?', 'rest']],
  [0.8, ['ana', 'group', 'A detour. 鳥の巣 is written on a sign here.']],
  [0.9, ['ben', 'group', 'How much longer?']],
  [1, ['ana', 'group', 'Back. Thank you for your company!']],
];
