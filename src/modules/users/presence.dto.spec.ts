import { shownStatus } from 'src/modules/users/presence.dto';

test('a choice can hide or soften that somebody is there, never make it up', () => {
  const all = ['online', 'away', 'offline'] as const;
  expect(all.map((chosen) => all.map((connected) => shownStatus(chosen, connected)))).toEqual([
    ['online', 'away', 'offline'],
    ['away', 'away', 'offline'],
    ['offline', 'offline', 'offline'],
  ]);
});
