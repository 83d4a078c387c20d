import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createPushableClock, realClock, sleep, toTimestamp } from './clock.ts';

describe('the real clock', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: 1_000_000 });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('fires once, at its time and not before', () => {
    const fire = vi.fn<() => void>();
    realClock.timer(realClock.nowMs() + 500, fire);
    vi.advanceTimersByTime(499);
    expect(fire).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(fire).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(1_000_000);
    expect(fire).toHaveBeenCalledTimes(1);
  });

  it('fires soon when its time has passed, but never within the call', () => {
    const fire = vi.fn<() => void>();
    realClock.timer(0, fire);
    expect(fire).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(fire).toHaveBeenCalledTimes(1);
  });

  it('waits longer than setTimeout can', () => {
    const fire = vi.fn<() => void>();
    const waitMs = 40 * 86_400_000;
    realClock.timer(realClock.nowMs() + waitMs, fire);
    vi.advanceTimersByTime(waitMs - 1);
    expect(fire).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(fire).toHaveBeenCalledTimes(1);
  });

  it('does not fire early when the clock was set back, and within a minute when it was set forward', () => {
    const fire = vi.fn<() => void>();
    realClock.timer(realClock.nowMs() + 1_000, fire);
    vi.setSystemTime(realClock.nowMs() - 5_000);
    vi.advanceTimersByTime(1_000);
    expect(fire).not.toHaveBeenCalled();
    vi.advanceTimersByTime(5_000);
    expect(fire).toHaveBeenCalledTimes(1);

    const later = vi.fn<() => void>();
    realClock.timer(realClock.nowMs() + 3_600_000, later);
    vi.setSystemTime(realClock.nowMs() + 3_600_000);
    vi.advanceTimersByTime(60_000);
    expect(later).toHaveBeenCalledTimes(1);
  });

  it('does not fire after it was cancelled, also in the middle of a long wait', () => {
    const fire = vi.fn<() => void>();
    const cancel = realClock.timer(realClock.nowMs() + 600_000, fire);
    vi.advanceTimersByTime(300_000);
    cancel();
    cancel();
    vi.advanceTimersByTime(600_000);
    expect(fire).not.toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('the pushable clock', () => {
  it('fires in the order of time, equal times in the order of their making, each at its instant', async () => {
    const clock = createPushableClock(0);
    const seen: string[] = [];
    for (const [name, atMs] of Object.entries({ c: 30, a: 10, b1: 20, b2: 20, late: 41 })) {
      clock.timer(atMs, () => seen.push(`${name}@${clock.nowMs()}`));
    }
    await clock.advance(40);
    expect(seen).toEqual(['a@10', 'b1@20', 'b2@20', 'c@30']);
    expect(clock.nowMs()).toBe(40);
    await clock.advance(1);
    expect(seen.at(-1)).toBe('late@41');
  });

  it('lets the work of a timer run before the next one, and fires timers made meanwhile', async () => {
    const clock = createPushableClock(0);
    const seen: string[] = [];
    clock.timer(10, () => {
      void Promise.resolve().then(() => {
        seen.push(`work@${clock.nowMs()}`);
        clock.timer(15, () => seen.push(`made@${clock.nowMs()}`));
        return undefined;
      });
    });
    clock.timer(20, () => seen.push('next'));
    await clock.advance(100);
    expect(seen).toEqual(['work@10', 'made@15', 'next']);
  });

  it('does not fire what was cancelled, also by another timer', async () => {
    const clock = createPushableClock(0);
    const fire = vi.fn<() => void>();
    const cancelSecond = clock.timer(20, fire);
    clock.timer(10, cancelSecond);
    clock.timer(5, fire)();
    await clock.advance(100);
    expect(fire).not.toHaveBeenCalled();
  });

  it('jumps without firing; what fell due fires with the next push, at the time it is then', async () => {
    const clock = createPushableClock(0);
    const seen: number[] = [];
    clock.timer(10, () => seen.push(clock.nowMs()));
    clock.jump(1_000);
    await Promise.resolve();
    expect(seen).toEqual([]);
    await clock.advance(0);
    expect(seen).toEqual([1_000]);
  });

  it('jumps back, and timers wait for their instant again', async () => {
    const clock = createPushableClock(1_000);
    const seen: number[] = [];
    clock.timer(1_010, () => seen.push(clock.nowMs()));
    clock.jump(-500);
    await clock.advance(500);
    expect(seen).toEqual([]);
    await clock.advance(10);
    expect(seen).toEqual([1_010]);
  });
});

describe('sleep', () => {
  it('ends at its time', async () => {
    const clock = createPushableClock(0);
    let done = false;
    void sleep(clock, 100).then(() => (done = true));
    await clock.advance(99);
    expect(done).toBe(false);
    await clock.advance(1);
    expect(done).toBe(true);
  });

  it('ends early, without an error, when aborted before or during', async () => {
    const clock = createPushableClock(0);
    const controller = new AbortController();
    const during = sleep(clock, 1_000, controller.signal);
    controller.abort();
    await expect(during).resolves.toBeUndefined();
    await expect(sleep(clock, 1_000, controller.signal)).resolves.toBeUndefined();
    expect(clock.nowMs()).toBe(0);
  });

  it('leaves no listener behind', async () => {
    const clock = createPushableClock(0);
    const { signal } = new AbortController();
    const remove = vi.spyOn(signal, 'removeEventListener');
    const waiting = sleep(clock, 10, signal);
    await clock.advance(10);
    await waiting;
    expect(remove).toHaveBeenCalledTimes(1);
  });
});

it('writes times as RFC 3339 in UTC with milliseconds', () => {
  expect(toTimestamp(Date.parse('2026-12-01T03:00:00+01:00'))).toBe('2026-12-01T02:00:00.000Z');
});
