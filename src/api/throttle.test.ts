import { describe, expect, it } from 'vitest';
import { createPushableClock } from '../kernel/index.ts';
import { createThrottle } from './throttle.ts';

describe('the throttle', () => {
  it('lets nobody wait before the limit, and everybody after it until the window ends', async () => {
    const clock = createPushableClock();
    const throttle = createThrottle(clock, 1_000, 10);
    for (let failure = 0; failure < 3; failure += 1) {
      expect(throttle.waitMs('mallory', 3)).toBe(0);
      throttle.failed('mallory');
    }
    expect(throttle.waitMs('mallory', 3)).toBe(1_000);
    expect(throttle.waitMs('alice', 3)).toBe(0);
    await clock.advance(1_000);
    expect(throttle.waitMs('mallory', 3)).toBe(0);
  });

  it('remembers so many and no more', () => {
    const throttle = createThrottle(createPushableClock(), 1_000, 2);
    for (const who of ['one', 'two', 'three']) throttle.failed(who);
    expect(throttle.waitMs('one', 1)).toBe(0);
    expect(throttle.waitMs('three', 1)).toBe(1_000);
  });
});
