import type { EdgeRelation } from '../inventory/index.ts';

/**
 * Which way an attacker goes along an edge. Whoever holds a credential is its identity; whoever reads a store finds what
 * it holds; whoever owns a workload is what it runs as and has what it uses; whoever owns a dependency reaches into what
 * depends on it. Holding an identity does not give the workloads that run as it. `never` keeps an edge out of the map.
 */
export const ATTACKER_GOES: Readonly<Record<EdgeRelation, 'forward' | 'backward' | 'never'>> = {
  authenticates: 'forward',
  holds: 'forward',
  reads: 'forward',
  reaches: 'forward',
  assumes: 'forward',
  mints: 'forward',
  'runs-as': 'forward',
  uses: 'forward',
  'depends-on': 'backward',
};
