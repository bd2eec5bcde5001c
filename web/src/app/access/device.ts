// SPDX-License-Identifier: MIT
// A browser's long name in a few words. The order matters: every browser claims to be others too.

const BROWSERS: [RegExp, string][] = [
  [/\bEdg/, 'Edge'], [/\bOPR\//, 'Opera'], [/\bFirefox\//, 'Firefox'], [/\bFxiOS\//, 'Firefox'],
  [/\bCriOS\//, 'Chrome'], [/\b(Headless)?Chrom(e|ium)\//, 'Chrome'], [/\bSafari\//, 'Safari'],
];
const SYSTEMS: [RegExp, string][] = [
  [/\biPhone\b/, 'iPhone'], [/\biPad\b/, 'iPad'], [/\bAndroid\b/, 'Android'], [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b/, 'macOS'], [/\bCrOS\b/, 'ChromeOS'], [/\bLinux\b/, 'Linux'],
];

export function deviceOf(userAgent: string | undefined): string {
  if (userAgent === undefined || userAgent === '') {
    return 'Unknown';
  }
  const named = (list: [RegExp, string][]) => list.find(([pattern]) => pattern.test(userAgent))?.[1];
  const browser = named(BROWSERS);
  const system = named(SYSTEMS);
  if (browser === undefined) {
    return userAgent.split(/[\s/]/, 1)[0] || 'Unknown';
  }
  return system === undefined ? browser : `${browser} on ${system}`;
}
