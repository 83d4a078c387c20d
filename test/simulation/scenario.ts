import type { AuthorityResolution, Profile, ResolvedRung } from '../../src/authority/index.ts';
import type { Capabilities, GuaranteeCapability } from '../../src/connectors/contract.ts';
import type { StalenessPolicy } from '../../src/gate/index.ts';
import type { Authenticity, Guarantee } from '../../src/kernel/index.ts';
import type { ResponseSettings } from '../../src/response/incident/testing.ts';
import type { Chance } from './chance.ts';

export type Kind = 'leak' | 'false-alarm' | 'anomaly';

/** How often one call in a hundred goes wrong, by the way it does. */
export interface Faults {
  readonly slow: number;
  readonly lostReply: number;
  readonly lostRequest: number;
  readonly error: number;
  readonly transient: number;
  readonly rateLimited: number;
  readonly partial: number;
  readonly refused: number;
}

/** One drawn incident: who attacks, what the target is like, what breaks. */
export interface Scenario {
  readonly kind: Kind;
  readonly nodes: number;
  readonly capabilities: Capabilities;
  readonly grain: GuaranteeCapability['grain'];
  /** The target may be slower than it says. */
  readonly delayMsMax: number;
  readonly faults: Faults;
  readonly outages: readonly { readonly fromMs: number; readonly toMs: number }[];
  readonly nodeTroubles: readonly {
    readonly atMs: number;
    readonly node: number;
    readonly what: 'crash' | 'freeze';
    readonly forMs: number;
  }[];
  readonly clockJumps: readonly { readonly atMs: number; readonly byMs: number }[];
  readonly driftAtMs: number | null;
  readonly authenticity: Authenticity;
  readonly mandateUpTo: Guarantee | null;
  readonly resolution: Omit<AuthorityResolution, 'automaticUpTo' | 'decision'>;
  /** The identity that Firebreak itself acts as is the one under suspicion. */
  readonly ownIdentity: boolean;
  readonly deadDeciders: boolean;
  readonly fuseBlown: number;
  /** The mandate is only watched: what it would do is on record, and nothing of it is done. */
  readonly shadow: boolean;
  /** The target never gives what is asked of it as evidence. */
  readonly evidenceHangs: boolean;
  /** Somebody turns out to be a suspect. */
  readonly suspect: { readonly atMs: number; readonly person: string } | null;
  readonly gatePolicy: StalenessPolicy;
  readonly rotation: RotationDrawn | null;
}

/** The credentials of the identity are renewed meanwhile. */
export interface RotationDrawn {
  readonly atMs: number;
  readonly secretFrom: 'caller' | 'target';
  /** Consumers that never read the new one. */
  readonly silent: number;
}

/** Incidents end long after the last trouble, so that what is still wrong then stays wrong. */
export const TROUBLE_MS = 300_000;
export const HORIZON_MS = 1_500_000;
export const CALL_TIMEOUT_MS = 5_000;
export const IDENTITY_REF = 'ci-deploy';

export const SETTINGS: ResponseSettings = {
  probeIntervalMs: 1_000,
  denialsWanted: 3,
  inconclusiveMs: 10_000,
  reprobeMs: 120_000,
  evidenceFuseMs: 20_000,
  watchMs: 5_000,
  watchMsMax: 120_000,
  lookBackMs: 0,
  reviewAfterMs: 60_000,
  restoreGraceMs: 30_000,
  reapplyMax: 3,
  repageMs: 300_000,
  evidenceRetentionMs: 60_000,
};

export function drawScenario(chance: Chance): Scenario {
  const grain = chance.pick<GuaranteeCapability['grain']>(['credential', 'credential', 'identity']);
  const propagationMs = chance.is(0.3) ? 0 : chance.between(0, 10_000);
  const nodes = chance.between(1, 3);
  const ownIdentity = chance.is(0.01);
  return {
    kind: chance.pick<Kind>(['leak', 'leak', 'leak', 'false-alarm', 'false-alarm', 'anomaly']),
    nodes,
    capabilities: drawCapabilities(chance, grain, propagationMs, ownIdentity),
    grain,
    delayMsMax: chance.is(0.05) ? propagationMs + 5_000 : propagationMs,
    faults: drawFaults(chance),
    outages: chance.is(0.3) ? [drawOutage(chance)] : [],
    nodeTroubles: Array.from({ length: chance.is(0.6) ? chance.between(1, 5) : 0 }, () => ({
      atMs: chance.between(0, chance.is(0.6) ? 20_000 : TROUBLE_MS),
      node: chance.between(0, nodes - 1),
      what: chance.pick<'crash' | 'freeze'>(['crash', 'freeze']),
      forMs: chance.between(500, 20_000),
    })),
    clockJumps: chance.is(0.15)
      ? [{ atMs: chance.between(0, TROUBLE_MS), byMs: chance.between(-60_000, 300_000) }]
      : [],
    driftAtMs: chance.is(0.15) ? chance.between(10_000, TROUBLE_MS) : null,
    authenticity: chance.pick<Authenticity>(['signed', 'signed', 'bearer', 'unauthenticated']),
    mandateUpTo: chance.pick<Guarantee | null>(['G4', 'G4', 'G4', 'G3', 'G2', null]),
    resolution: drawResolution(chance),
    ownIdentity,
    deadDeciders: chance.is(0.3),
    fuseBlown: chance.is(0.1) ? 0.5 : 0,
    shadow: chance.is(0.06),
    evidenceHangs: chance.is(0.12),
    suspect: chance.is(0.12)
      ? {
          atMs: chance.between(5_000, TROUBLE_MS),
          person: chance.pick(['ira', 'ben', 'mia', 'mia']),
        }
      : null,
    gatePolicy: chance.pick<StalenessPolicy>(['strict', 'last-known']),
    rotation: chance.is(0.12)
      ? {
          atMs: chance.between(5_000, 200_000),
          secretFrom: chance.pick<'caller' | 'target'>(['caller', 'target']),
          silent: chance.is(0.3) ? 1 : 0,
        }
      : null,
  };
}

function drawOutage(chance: Chance): { readonly fromMs: number; readonly toMs: number } {
  const fromMs = chance.between(0, TROUBLE_MS / 2);
  return { fromMs, toMs: fromMs + chance.between(1_000, chance.is(0.2) ? 150_000 : 30_000) };
}

function drawFaults(chance: Chance): Faults {
  const level = chance.pick([0, 0.02, 0.06]);
  return {
    slow: level,
    lostReply: level,
    lostRequest: level,
    error: level / 2,
    transient: level / 2,
    rateLimited: level / 2,
    partial: chance.is(0.1) ? 0.5 : 0,
    refused: chance.is(0.02) ? 1 : 0,
  };
}

function drawCapabilities(
  chance: Chance,
  grain: GuaranteeCapability['grain'],
  propagationMs: number,
  ownIdentity: boolean,
): Capabilities {
  const residualMs = chance.is(0.15) ? chance.between(5_000, 200_000) : 0;
  const offer = (guarantee: Guarantee): GuaranteeCapability => ({
    guarantee,
    grain: guarantee === 'G5' ? 'credential' : grain,
    propagationMs,
    reversible: guarantee !== 'G5',
    ...(residualMs > 0 && guarantee !== 'G2'
      ? { residual: { forMs: residualMs, why: 'bearer tokens' } }
      : {}),
  });
  const offered: Guarantee[] = [];
  if (chance.is(0.2)) offered.push('G1');
  if (chance.is(0.9)) offered.push('G2');
  if (chance.is(0.5)) offered.push('G3');
  if (chance.is(0.95)) offered.push('G4');
  if (chance.is(0.8)) offered.push('G5');
  return {
    target: 'ci',
    system: 'world',
    honoursIdempotencyKeys: chance.is(0.5),
    callTimeoutMs: CALL_TIMEOUT_MS,
    concurrentCallsMax: 16,
    guarantees: offered.map(offer),
    probeMethods: ['secret', 'impersonation'],
    actsAs: ownIdentity ? IDENTITY_REF : 'firebreak',
    leastPrivilege: [],
  };
}

/** Two rungs; the second is told before it is theirs, and opens early when nobody acknowledges. */
function drawLadder(chance: Chance): readonly ResolvedRung[] {
  const decideMs = chance.between(20_000, 90_000);
  const acknowledgeMs = chance.is(0.6) ? chance.between(5_000, 20_000) : null;
  const opensAfterMs = acknowledgeMs ?? decideMs;
  const rung = { channels: ['push'], why: 'on duty', skipped: [] };
  return [
    {
      ...rung,
      seat: 'ir-lead',
      people: ['ira'],
      warmAfterMs: 0,
      opensAfterMs: 0,
      acknowledgeByMs: acknowledgeMs,
      decideByMs: decideMs,
      lastResort: false,
    },
    {
      ...rung,
      seat: 'backup',
      people: ['ben'],
      warmAfterMs: chance.between(0, opensAfterMs),
      opensAfterMs,
      acknowledgeByMs: null,
      decideByMs: opensAfterMs + decideMs,
      lastResort: true,
    },
  ];
}

function drawResolution(chance: Chance): Scenario['resolution'] {
  return {
    ladder: drawLadder(chance),
    meanwhile: chance.is(0.3)
      ? { guarantee: 'G2' as const, afterMs: chance.between(0, 20_000) }
      : null,
    rejectHoldsMs: chance.between(1_000, 60_000),
    advise: chance.is(0.3)
      ? {
          holders: [{ seat: 'owner', person: 'mia' }],
          withinMs: chance.between(5_000, 30_000),
          silence: chance.pick(['proceed' as const, 'escalate' as const]),
        }
      : null,
    charter: { id: 'northlake', revision: 3, digest: 'sha256:charter' },
    classes: ['ci'],
    profile: chance.pick<Profile>(['staged', 'staged', 'staged', 'hard-stop', 'restrict-only']),
    mandate: { id: 'ci-token-leak', mode: 'act' },
    shadowUpTo: null,
    windowW1Ms: chance.between(5_000, 60_000),
    // oxlint-disable-next-line unicorn/no-thenable -- the charter's word; nobody awaits a resolution
    then: chance.is(0.4) ? { guarantee: 'G5', windowMs: chance.between(10_000, 120_000) } : null,
    right: 'contain-ci',
    holders: [
      { seat: 'ir-lead', person: 'ira' },
      { seat: 'backup', person: 'ben' },
    ],
    decideWithinMs: chance.is(0.9) ? chance.between(20_000, 90_000) : null,
    atDeadline: chance.pick([
      null,
      { guarantee: 'G2' as const, afterMs: 60_000 },
      { guarantee: 'G4' as const, afterMs: 60_000 },
    ]),
    inherit: chance.is(0.7)
      ? { upTo: chance.pick(['G3' as const, 'G4' as const]), limit: chance.between(1, 20) }
      : null,
    evidence: chance.pick([
      null,
      { tree: 'first', order: 'preserve-first' as const, fuseMs: 10_000 },
      { tree: 'last', order: 'cut-first' as const, fuseMs: null },
      { tree: 'beside', order: 'both-at-once' as const, fuseMs: null },
    ]),
    determining: [],
    ceilings: [],
  };
}
