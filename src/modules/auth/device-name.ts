/** The first that fits counts: most browsers also claim to be others. */
const CLIENTS: [RegExp, string][] = [
  [/\bEdgA?\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\b(Firefox|FxiOS)\//, 'Firefox'],
  [/\b(Chrome|CriOS)\//, 'Chrome'],
  [/\bVersion\/.*\bSafari\//, 'Safari'],
  [/\b(Dart|Flutter)\b/, 'App'],
  [/\bokhttp\//, 'App'],
  [/\bcurl\//, 'curl'],
];
const PLATFORMS: [RegExp, string][] = [
  [/\biPad\b/, 'iPad'],
  [/\biPhone\b/, 'iPhone'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\b(Macintosh|Mac OS X|Darwin)\b/, 'Mac'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bLinux\b/, 'Linux'],
];
const LONGEST = 60;

/** What a person may recognise a device by: "Firefox, Windows"; the client's own name where neither is known. */
export function deviceName(userAgent: string | null): string | null {
  if (!userAgent) return null;
  const known = [CLIENTS, PLATFORMS].flatMap((kinds) => kinds.find(([sign]) => sign.test(userAgent))?.[1] ?? []);
  return known.length ? known.join(', ') : userAgent.split(/[/ (]/, 1)[0]!.slice(0, LONGEST) || null;
}
