import fc from 'fast-check';
import { deviceName } from 'src/modules/auth/device-name';

const APPLE = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)';
test.each([
  ['Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox, Windows'],
  [`${APPLE} Version/18.0 Mobile/15E148 Safari/604.1`, 'Safari, iPhone'],
  [`${APPLE} CriOS/140.0 Mobile/15E148 Safari/604.1`, 'Chrome, iPhone'],
  ['Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36', 'Chrome, Android'],
  ['Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0', 'Edge, Windows'],
  ['Dart/3.9 (dart:io)', 'App'],
  ['curl/8.5.0', 'curl'],
  ['Muster/1.0 (beta)', 'Muster'],
  ['', null],
  [null, null],
])('%s is %s', (userAgent, name) => expect(deviceName(userAgent)).toBe(name));

test('whatever a client calls itself, its name is short', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => (deviceName(text)?.length ?? 0) <= 60));
});
