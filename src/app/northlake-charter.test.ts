import { describe, expect, it } from 'vitest';
import {
  checkCharter,
  checkRosterFits,
  loadCharter,
  loadRoster,
  resolveAuthority,
  type AuthorityFacts,
} from '../authority/index.ts';
import { northlakeCharter, NORTHLAKE_ROSTER } from './northlake-charter.ts';

const AT_MS = Date.parse('2026-12-01T03:00:00Z');

function decides(facts: Partial<AuthorityFacts['identity']>): {
  readonly automaticUpTo: string | null;
  readonly right: string | null;
  readonly holders: readonly string[];
} {
  const charter = loadCharter(northlakeCharter(AT_MS, { protectedTargets: ['ci', 'ledger-db'] }));
  const identity = { id: 'idn', refs: [], tags: [], services: [], operator: null, ...facts };
  const resolution = resolveAuthority(
    charter,
    loadRoster(NORTHLAKE_ROSTER),
    {
      identity: { kind: 'service-account', ...identity },
      environment: 'prod',
      jurisdiction: 'DE',
      severity: 'sev2',
      signalTypes: ['credential-exposed'],
      authenticity: 'signed',
      confidence: 'strong',
      sources: 1,
      rehearsedAt: new Date(AT_MS).toISOString(),
      automaticCuts: [],
      signalSource: 'scanner',
    },
    'contain',
    AT_MS,
  );
  const { automaticUpTo, right, holders } = resolution;
  return { automaticUpTo, right, holders: holders.map(({ person }) => person) };
}

describe('the charter of Northlake', () => {
  it('is sound with and without what can be chosen, and its roster fills it', () => {
    const choices = [{}, { revokes: false, mode: 'ask', protectedTargets: [] }] as const;
    for (const choice of choices) {
      const text = northlakeCharter(AT_MS, choice);
      expect(checkCharter(text)).toMatchObject({ ok: true });
      checkRosterFits(loadCharter(text), loadRoster(NORTHLAKE_ROSTER));
    }
  });

  it('lets automation act, but on no control identity and not on the account of Firebreak', () => {
    expect(decides({ refs: ['ci:identity:pipeline-search'] }).automaticUpTo).toBe('G4');
    for (const name of ['probe-control', 'firebreak']) {
      for (const target of ['ci', 'ledger-db']) {
        expect(decides({ refs: [`${target}:identity:${name}`] }).automaticUpTo, name).toBeNull();
      }
    }
  });

  it('asks who answers for a provider about what the provider runs', () => {
    expect(decides({})).toMatchObject({ right: 'contain', holders: ['mia', 'jonas'] });
    expect(decides({ operator: 'orbis' })).toMatchObject({
      right: 'contain.provider-run',
      holders: ['nadia', 'dana'],
    });
  });
});
