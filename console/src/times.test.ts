import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  clockOf,
  countdownOf,
  distanceOf,
  elsewhereOf,
  isNight,
  lengthOf,
  shareLeft,
} from './times.ts';

const at = Date.parse('2027-01-10T02:07:22Z');

it('tells a time as people read it, with its day when it is another one', () => {
  expect(clockOf(at, at, 'Europe/Berlin')).toBe('03:07');
  expect(clockOf(at, at, 'Europe/Berlin', true)).toBe('03:07:22');
  expect(clockOf(at, at + 86_400_000, 'UTC')).toBe('2027-01-10 02:07');
  // Just before midnight there, just after midnight here.
  expect(clockOf(at - 3 * 3_600_000, at, 'UTC')).toBe('2027-01-09 23:07');
  expect(elsewhereOf(at, ['Europe/Berlin', 'UTC'])).toBe('02:07:22 UTC · 03:07:22 Europe/Berlin');
});

it.each([
  [252_000, '4:12'],
  [0, '0:00'],
  [-5_000, '0:00'],
  [89 * 60_000 + 59_999, '89:59'],
  [90 * 60_000, '2 h'],
  [47 * 3_600_000, '47 h'],
  [72 * 3_600_000, '3 d'],
])('counts %i ms down as %s', (ms, text) => {
  expect(countdownOf(ms)).toBe(text);
});

it('says how far away something is, on both sides of now', () => {
  expect(distanceOf(at + 240_000, at)).toBe('in 4 min');
  expect(distanceOf(at - 360_000, at)).toBe('6 min ago');
  expect(lengthOf(59_999)).toBe('59 s');
  expect(lengthOf(3 * 86_400_000)).toBe('3 d');
});

it('empties a ring from one to zero, never beyond', () => {
  const times = fc.integer({ min: 0, max: 10_000 });
  fc.assert(
    fc.property(times, times, times, (opened, deadline, now) => {
      const share = shareLeft(opened, deadline, now);
      expect(share).toBeGreaterThanOrEqual(0);
      expect(share).toBeLessThanOrEqual(1);
      expect(shareLeft(opened, deadline, Math.max(opened, deadline))).toBe(0);
      expect(shareLeft(opened, opened + 1 + deadline, opened)).toBe(1);
    }),
  );
});

it('is dark at night where the viewer is', () => {
  expect(isNight(at, 'Europe/Berlin')).toBe(true);
  expect(isNight(at, 'Australia/Sydney')).toBe(false);
});
