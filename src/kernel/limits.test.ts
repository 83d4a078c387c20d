import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { LIMITS } from './limits.ts';

describe('limits', () => {
  const isShare = (name: string): boolean => name.includes('Share');
  const limits: readonly (readonly [string, number])[] = Object.entries(LIMITS);

  it.each(limits.filter(([name]) => !isShare(name)))(
    '%s is a positive whole number',
    (_, value) => {
      expect(Number.isSafeInteger(value)).toBe(true);
      expect(value).toBeGreaterThan(0);
    },
  );

  it.each(limits.filter(([name]) => isShare(name)))('%s is a share', (_, value) => {
    expect(value).toBeGreaterThan(0);
    expect(value).toBeLessThanOrEqual(1);
  });

  it('say why: a comment stands before each, or before the group it belongs to', () => {
    const text = readFileSync(new URL('limits.ts', import.meta.url), 'utf8');
    const body = text.slice(text.indexOf('{') + 1);
    expect(body.trimStart().startsWith('/**')).toBe(true);
    const comments = body.match(/\/\*\*|\/\//gu) ?? [];
    expect(comments.length).toBeGreaterThan(Object.keys(LIMITS).length / 2);
  });

  it('fit together', () => {
    expect(LIMITS.pageRowsDefault).toBeLessThanOrEqual(LIMITS.pageRowsMax);
    expect(LIMITS.signalBytesMax).toBeLessThanOrEqual(LIMITS.requestBytesMax);
    expect(LIMITS.stepBackoffMsMin).toBeLessThan(LIMITS.stepBackoffMsMax);
    expect(LIMITS.stepsRunningMax).toBeLessThanOrEqual(LIMITS.stepsHeldMax);
    expect(LIMITS.groupListsMax).toBeLessThan(LIMITS.groupQueueMax);
  });
});
