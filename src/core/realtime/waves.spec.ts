import { Waves } from 'src/core/realtime/waves';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

test('who comes alone goes on at once, those who come upon it together with the next wave, in their order', async () => {
  const waves = new Waves(20);
  const gone: string[] = [];
  const come = (name: string) => waves.join().then(() => gone.push(name));
  await come('ana');
  const [ben, cleo] = [come('ben'), come('cleo')];
  await jest.advanceTimersByTimeAsync(19);
  expect(gone).toEqual(['ana']);
  await jest.advanceTimersByTimeAsync(1);
  expect(gone).toEqual(['ana', 'ben', 'cleo']);
  await Promise.all([ben, cleo]);
  await jest.advanceTimersByTimeAsync(20);
  await come('dan');
});
