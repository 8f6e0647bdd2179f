import { Waves } from 'src/core/realtime/waves';

test('who comes alone goes on at once, those who come upon it together with the next wave, in their order', async () => {
  const waves = new Waves(10);
  const gone: string[] = [];
  const come = (name: string) => waves.join().then(() => gone.push(name));
  await come('ana');
  const [ben, cleo] = [come('ben'), come('cleo')];
  await Promise.resolve();
  expect(gone).toEqual(['ana']);
  await ben;
  await Promise.resolve();
  expect(gone).toEqual(['ana', 'ben', 'cleo']);
  await cleo;
});
