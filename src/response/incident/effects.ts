import type { DiscoveredCredential } from '../../connectors/contract.ts';
import type { DecisionKind } from '../../authority/index.ts';
import type { Guarantee, Id, JsonObject } from '../../kernel/index.ts';
import type { CutStatus } from '../containment/model.ts';

/** What the runner is to do about one cut. */
export const CUT_STEPS = [
  'cut.capture-evidence',
  'cut.prepare',
  'cut.apply',
  'cut.probe',
  'cut.revert',
  'cut.restore-probe',
] as const;
export type CutStep = (typeof CUT_STEPS)[number];

/** Statuses in which a step of that kind still has something to do; in any other it is late and does nothing. */
export const WANTED_IN: Readonly<Record<CutStep, readonly CutStatus[]>> = {
  // Also beside a cut that does not wait for it, and after its fuse has burnt: late evidence is evidence.
  'cut.capture-evidence': [
    'holding-evidence',
    'recorded',
    'applying',
    'applied',
    'proving',
    'proven',
    'unproven',
    'residual',
    'irrevocable',
    'drifted',
    'partial',
    'blocked',
    'failed',
  ],
  // Blocked: a person has released the step.
  'cut.prepare': ['recorded', 'blocked'],
  'cut.apply': ['applying', 'blocked'],
  'cut.probe': ['applied', 'proving', 'unproven', 'proven', 'residual', 'irrevocable'],
  'cut.revert': ['reverting'],
  'cut.restore-probe': ['reverting'],
};

/** Why somebody is told of a decision. */
export type PageAbout =
  | 'opened'
  | 'warm'
  | 'handed-off'
  | 'again'
  | 'advise'
  | 'approve'
  | 'review';

/** What follows from a decision: rows for the runner and for the gate, in the same transaction as the entries. */
export type Effect =
  | {
      readonly type: 'cut-step';
      readonly step: CutStep;
      readonly cut: Id<'cut'>;
      readonly dueAtMs: number;
      readonly cycle: number;
    }
  | {
      readonly type: 'watch';
      readonly identity: Id<'identity'>;
      readonly dueAtMs: number;
      readonly everyMs: number;
    }
  | { readonly type: 'evidence-fuse'; readonly cut: Id<'cut'>; readonly dueAtMs: number }
  | {
      readonly type: 'window-end';
      readonly identity: Id<'identity'>;
      readonly window: 'W1' | 'W2';
      readonly dueAtMs: number;
    }
  | {
      readonly type: 'decision-deadline';
      readonly decision: Id<'decision'>;
      readonly dueAtMs: number;
    }
  /** The time of a break-glass quorum, and of the review of what it decided. */
  | {
      readonly type: 'glass-due';
      readonly decision: Id<'decision'>;
      readonly what: 'end' | 'review';
      readonly dueAtMs: number;
    }
  /** People are told, on the channels of their rung; empty = on every channel of theirs. */
  | {
      readonly type: 'page';
      readonly decision: Id<'decision'>;
      readonly about: PageAbout;
      readonly seat: string;
      readonly people: readonly string[];
      readonly channels: readonly string[];
    }
  /** What was decided is carried out by another word than containment. */
  | {
      readonly type: 'act';
      readonly decision: Id<'decision'>;
      readonly act: DecisionKind;
      readonly parameters: JsonObject;
    }
  /** What this source says is not believed until a right holder resets it. */
  | { readonly type: 'quarantine'; readonly source: string; readonly by: Id<'signal'> }
  /** At the gate: one credential, or the identity as a whole. */
  | {
      readonly type: 'restrict';
      readonly identity: Id<'identity'>;
      readonly credential: Id<'credential'> | null;
      /** The target's name of a credential that no signal has named. */
      readonly ref?: string;
      readonly effect: 'deny' | 'constrain';
      readonly why: string;
    }
  | {
      readonly type: 'lift';
      readonly identity: Id<'identity'>;
      readonly keepCredentials: readonly Id<'credential'>[];
      /** Absent: all of the identity that is not kept. */
      readonly only?: Id<'credential'>;
    }
  /** The time of a temporary cut. */
  | { readonly type: 'cut-time'; readonly cut: Id<'cut'>; readonly dueAtMs: number }
  /** The time of what has to be done by hand. */
  | { readonly type: 'manual-due'; readonly decision: Id<'decision'>; readonly dueAtMs: number }
  /** The content of these items goes; their rows and hashes stay. */
  | { readonly type: 'delete-evidence'; readonly items: readonly Id<'evidence'>[] }
  /** A look at what is like this identity, and at what trusted it. */
  | { readonly type: 'review'; readonly identity: Id<'identity'>; readonly dueAtMs: number }
  /** Somebody has to take over what stays; and what somebody holds is due. */
  | { readonly type: 'long-tail-ask' }
  | { readonly type: 'long-tail-due'; readonly dueAtMs: number }
  /** Evidence may have been kept long enough by then. */
  | { readonly type: 'evidence-age'; readonly dueAtMs: number }
  /** The next slice of a batch becomes part of the incident. */
  | { readonly type: 'take-up'; readonly batch: Id<'batch'> }
  /** The rest of a list that was decided: too long for one commit. */
  | {
      readonly type: 'carry-on';
      readonly decision: Id<'decision'>;
      readonly by: 'decision' | 'default';
      readonly cuts: readonly Id<'cut'>[];
    }
  /** What giving this stage back took on this target, from the order to the try that was let in. */
  | {
      readonly type: 'restore-measured';
      readonly target: string;
      readonly guarantee: Guarantee;
      readonly tookMs: number;
    }
  /** Counted by the fuse. */
  | { readonly type: 'automatic-cut'; readonly cut: Id<'cut'>; readonly source: string }
  | {
      readonly type: 'known-credential';
      readonly identity: Id<'identity'>;
      readonly credential: Id<'credential'>;
      readonly found: DiscoveredCredential;
    };
