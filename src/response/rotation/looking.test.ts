import { describe, expect, it } from 'vitest';
import type { CutSubject } from '../../connectors/contract.ts';
import { seenOf } from './looking.ts';
import type { RotationStepState } from './model.ts';

const AT = '2026-12-01T03:00:00.000Z';

function seen(
  subject: CutSubject,
  replacement: CutSubject,
  used: CutSubject,
  overlap: RotationStepState['overlap'] = 'native',
) {
  // Only these members are looked at.
  const step = { id: 's', subject, replacement, overlap } as unknown as RotationStepState;
  return seenOf(step, [{ subject: used, consumer: 'shop', lastAt: AT }]).map((use) => use.which);
}

describe('which of the two was used', () => {
  it('is told by the credential where the target names it', () => {
    const [old, fresh] = [
      { identity: 'i', credential: 'a' },
      { identity: 'i', credential: 'b' },
    ];
    expect(seen(old, fresh, old)).toEqual(['old']);
    expect(seen(old, fresh, fresh)).toEqual(['new']);
    expect(seen(old, fresh, { identity: 'i', credential: 'c' })).toEqual([]);
    // Not told: it counts as the old one as long as that could still be used.
    expect(seen(old, fresh, { identity: 'i' })).toEqual(['old']);
    expect(seen(old, fresh, { identity: 'i' }, 'none')).toEqual(['new']);
  });

  it('is told by the identity where a twin took its place, whatever the target calls its credential', () => {
    const [old, fresh] = [{ identity: 'app' }, { identity: 'app_2', credential: 'app_2#password' }];
    expect(seen(old, fresh, { identity: 'app', credential: 'app#password' })).toEqual(['old']);
    expect(seen(old, fresh, { identity: 'app_2', credential: 'app_2#password' })).toEqual(['new']);
    expect(seen(old, fresh, { identity: 'app' })).toEqual(['old']);
    expect(seen(old, fresh, { identity: 'other' })).toEqual([]);
  });
});
