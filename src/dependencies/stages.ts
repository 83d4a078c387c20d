import { STAGE_GUARANTEES, type SignalType, type StageName } from '../kernel/index.ts';
import type { CutCapability } from './model.ts';

/** From the mildest; the order of the guarantees. */
// The keys of that object, in the order in which it is written.
export const STAGE_NAMES = Object.keys(STAGE_GUARANTEES) as readonly StageName[];

export function grainOf(
  stage: StageName,
  capabilities: readonly CutCapability[],
): CutCapability['grain'] | null {
  const guarantee = STAGE_GUARANTEES[stage];
  const able = capabilities.filter((one) => one.guarantee === guarantee);
  if (able.some(({ grain }) => grain === 'credential')) return 'credential';
  return able.length > 0 ? 'identity' : null;
}

/** The mildest stage that stops what was signalled, and why no milder one does. */
const STOPS: Readonly<
  Record<SignalType, { readonly stage: StageName; readonly why: string } | null>
> = {
  'credential-exposed': {
    stage: 'suspend',
    why: 'whoever has the credential can log in until no login works',
  },
  'credential-misuse': {
    stage: 'suspend',
    why: 'it is in use by somebody else: milder stages let the login through',
  },
  'anomalous-behaviour': {
    stage: 'restrict',
    why: 'dangerous actions are denied while normal work passes',
  },
  'privilege-escalation': { stage: 'restrict', why: 'granting is denied from there on' },
  'new-access-path': { stage: 'restrict', why: 'minting is denied from there on' },
  'off-intent-action': { stage: 'restrict', why: 'the listed actions are denied from there on' },
  'session-hijack': { stage: 'isolate', why: 'no old session works from there on' },
  'vendor-breach': {
    stage: 'suspend',
    why: 'the vendor holds the credential: milder stages let the login through',
  },
  'owner-report': {
    stage: 'restrict',
    why: 'nothing is known of how it is used: the stage that breaks least comes first',
  },
  'all-clear': null,
};

/** A stage that the target cannot give is passed over for the next stronger one. */
export function leastStageFor(
  signal: SignalType | undefined,
  capabilities: readonly CutCapability[] | undefined,
): { readonly stage: StageName; readonly why: string } | null {
  const wanted = signal === undefined ? null : STOPS[signal];
  if (wanted === null || capabilities === undefined) return wanted;
  const able = STAGE_NAMES.slice(STAGE_NAMES.indexOf(wanted.stage)).find(
    (stage) => grainOf(stage, capabilities) !== null,
  );
  if (able === undefined || able === wanted.stage) return wanted;
  return { stage: able, why: `${wanted.why}; the target cannot give ${wanted.stage}` };
}
