import type { Probed, ReadBack, VantageName, VantageTry } from '../../connectors/contract.ts';

// One cut, seen from several sides. Pure.

/** How often a vantage was tried since the cut was applied, and what it said. */
export interface VantageTally {
  readonly vantage: VantageName;
  readonly probes: number;
  readonly denials: number;
  /** Why the last try from there said nothing; null = it said something. */
  readonly silent: string | null;
}

export function isDenial({ observed, expected, control }: Probed): boolean {
  return observed === 'denied' && expected && control === 'works';
}

/** The target's own word as one more try: what it no longer shows is not there any more. */
export function readBackTry(state: ReadBack['state']): VantageTry {
  const vantage = 'control-plane';
  switch (state) {
    case 'applied':
      return { vantage, observed: 'denied', error: null, expected: true };
    case 'absent':
      return { vantage, observed: 'allowed', error: 'it is no longer shown', expected: false };
    case 'partial':
      return { vantage, observed: 'no-answer', error: 'only a part is shown', expected: false };
    case 'unknown':
      return { vantage, observed: 'no-answer', error: 'it cannot be read', expected: false };
  }
}

/**
 * INVARIANT: one vantage that is let in takes the denial away, and so does one that an attacker could use and nobody can
 * try from. Only the target's own word may be missing: it proves nothing, so its silence takes nothing away.
 */
export function seenFromAll(outside: Probed, beside: readonly VantageTry[]): Probed {
  if (beside.length === 0) return outside;
  const telling =
    beside.find((one) => one.observed === 'allowed') ??
    beside.find((one) => one.vantage === 'inside' && !(one.observed === 'denied' && one.expected));
  if (telling === undefined) return { ...outside, beside };
  const { vantage, observed, error, expected } = telling;
  return { ...outside, vantage, observed, error, expected, beside };
}

/** Adds one look. Whatever the others said, the outside was a denial where they were asked. */
export function talliedFrom(
  tallies: readonly VantageTally[],
  probed: Probed,
): readonly VantageTally[] {
  const { observed, error, beside } = probed;
  const outside: VantageTry =
    beside === undefined
      ? { vantage: 'outside', observed, error, expected: isDenial(probed) }
      : { vantage: 'outside', observed: 'denied', error: null, expected: true };
  const tries = [outside, ...(beside ?? [])];
  const seen = tries.map((one) => added(tallies, one));
  const unseen = tallies.filter((one) => seen.every((other) => other.vantage !== one.vantage));
  return [...seen, ...unseen];
}

function added(tallies: readonly VantageTally[], one: VantageTry): VantageTally {
  const before = tallies.find(({ vantage }) => vantage === one.vantage);
  const isDenied = one.observed === 'denied' && one.expected;
  return {
    vantage: one.vantage,
    probes: (before?.probes ?? 0) + 1,
    denials: (before?.denials ?? 0) + (isDenied ? 1 : 0),
    silent: one.observed === 'no-answer' ? (one.error ?? 'no answer') : null,
  };
}

/** "3 from outside, 3 from inside, control-plane not reached: it cannot be read". */
export function vantageSentence(tallies: readonly VantageTally[]): string {
  return tallies
    .map(({ vantage, denials, silent }) =>
      silent === null ? `${denials} from ${vantage}` : `${vantage} not reached: ${silent}`,
    )
    .join(', ');
}
