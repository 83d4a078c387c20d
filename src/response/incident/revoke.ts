import type { Id } from '../../kernel/index.ts';
import { capabilityOf, type Hold } from '../plan/plan.ts';
import { type Draft, subjectOf } from './draft.ts';
import { cutAutomatically } from './ladder.ts';

/** W2 lapsed uncontested and the mandate says what then: the exposed credentials never work again. */
export function revokeExposed(draft: Draft, identity: Id<'identity'>): void {
  const subject = subjectOf(draft, identity);
  const offered = capabilityOf(subject, 'G5');
  if (subject.resolution.then === null || offered === null) return;
  // Where credentials cannot be told apart, revoking is the end of the whole identity: never without a person.
  if (offered.grain !== 'credential') return;
  const holds: Hold[] = subject.credentials
    .filter((credential) => credential.exposed && credential.claimed !== true)
    .map((credential) => ({
      guarantee: 'G5',
      grain: 'credential',
      credential,
      descendantOf: null,
      depth: 0,
      why: 'exposed, and nobody objected within W2',
    }));
  cutAutomatically(draft, identity, holds);
}
