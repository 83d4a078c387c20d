import fc from 'fast-check';
import { expect, it } from 'vitest';
import { AUTHENTICITIES, CONFIDENCES } from '../kernel/index.ts';
import { believed, type Statement } from './quarantine.ts';

const NAMES = ['scanner', 'detector', 'owner-desk'];
const statements = fc.array(
  fc.record({
    type: fc.constant('credential-exposed' as const),
    source: fc.constantFrom(...NAMES),
    authenticity: fc.constantFrom(...AUTHENTICITIES),
    confidence: fc.constantFrom(...CONFIDENCES),
  }),
  { maxLength: 6 },
);

it('never lets what a source in quarantine says make anything act', () => {
  fc.assert(
    fc.property(statements, fc.subarray(NAMES), (raising, quarantined) => {
      const isBelieved = ({ source }: Statement): boolean => !quarantined.includes(source);
      const heard = believed(raising, quarantined);
      // What is vouched for comes from elsewhere, whole and untouched.
      expect(heard.filter((one) => one.authenticity !== 'unauthenticated')).toEqual(
        raising.filter((one) => isBelieved(one) && one.authenticity !== 'unauthenticated'),
      );
      // Nothing that was said is as if it had not been said at all.
      expect(heard.length > 0).toBe(raising.length > 0);
      expect(raising.some(isBelieved) && !heard.every(isBelieved)).toBe(false);
    }),
    { numRuns: 300 },
  );
});
