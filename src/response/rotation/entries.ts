import type { CutSubject } from '../../connectors/contract.ts';
import type { CycleBreak } from '../../dependencies/index.ts';
import type { Id } from '../../kernel/index.ts';
import type {
  DeclaredBreak,
  HandOver,
  Hold,
  Progress,
  Question,
  RotationChoice,
  RotationState,
  RotationStepState,
  StepStatus,
} from './model.ts';

export type PlannedStep = Omit<
  RotationStepState,
  | 'status'
  | 'hold'
  | 'label'
  | 'mints'
  | 'custody'
  | 'replacement'
  | 'mintedAtMs'
  | 'endedAtMs'
  | 'expiresAtMs'
  | 'renewAtMs'
  | 'strangerSeenAtMs'
  | 'lost'
  | 'reason'
> & {
  /** Why there is nothing to mint, when there is not. */
  readonly left: string | null;
};

export type PlannedHandOver = Pick<
  HandOver,
  'id' | 'step' | 'consumer' | 'name' | 'seenAs' | 'place'
>;

/** What the map, the inventory and the configuration say together, before anything is done. */
export interface RotationPlan {
  readonly subject: string;
  readonly name: string;
  readonly mode: RotationState['mode'];
  readonly revision: number;
  readonly truncated: boolean;
  readonly cycleBreaks: readonly CycleBreak[];
  readonly breaks: readonly DeclaredBreak[];
  readonly steps: readonly PlannedStep[];
  readonly handOvers: readonly PlannedHandOver[];
}

/** What is on the ledger. No entry ever holds a secret: custody ids and labels only. */
export interface RotationEntryData {
  'rotation.opened': {
    readonly plan: RotationPlan;
    readonly incident: Id<'incident'> | null;
    readonly reason: string;
  };
  'rotation.started': { readonly by: string };
  'rotation.rejected': { readonly by: string };
  'rotation.wave-opened': {
    readonly wave: number;
    readonly handOvers: readonly string[];
    readonly deadlineMs: number;
    readonly watch: number;
  };
  'rotation.wave-passed': { readonly wave: number };
  'rotation.step-preparing': { readonly step: string };
  'rotation.step-held-up': { readonly step: string };
  'rotation.minting': {
    readonly step: string;
    readonly label: string;
    readonly custody: Id<'custody'> | null;
    readonly hold: Hold;
  };
  'rotation.minted': {
    readonly step: string;
    readonly replacement: CutSubject;
    readonly custody: Id<'custody'>;
    /** Absent = it lasts. */
    readonly expiresAtMs?: number;
  };
  'rotation.renewal-planned': { readonly step: string; readonly atMs: number };
  'rotation.renewal-ended': { readonly step: string; readonly by: string; readonly why: string };
  /** The target made it and its secret is lost: it is retired as soon as another one is there. */
  'rotation.mint-lost': { readonly step: string; readonly lost: CutSubject };
  'rotation.lost-retired': { readonly step: string };
  /** A person gave up on ending it. */
  'rotation.lost-left': { readonly step: string };
  'rotation.mint-failed': { readonly step: string; readonly reason: string };
  'rotation.handing-over': { readonly handOver: string };
  'rotation.delivered': { readonly handOver: string };
  'rotation.hand-over-blocked': { readonly handOver: string; readonly reason: string };
  'rotation.observed': {
    readonly handOver: string;
    readonly progress: Progress;
    readonly newSeenAtMs: number | null;
    readonly oldSeenAtMs: number | null;
  };
  'rotation.hold-changed': { readonly step: string; readonly hold: Hold };
  'rotation.stranger-seen': { readonly step: string; readonly atMs: number };
  'rotation.claimed': { readonly handOver: string; readonly by: string };
  'rotation.retiring': { readonly step: string };
  'rotation.retired': { readonly step: string };
  'rotation.retire-failed': { readonly step: string; readonly reason: string };
  'rotation.step-ended': {
    readonly step: string;
    readonly as: Extract<StepStatus, 'renewed' | 'kept' | 'left'>;
    readonly why: string;
  };
  'rotation.stopped': { readonly question: Question };
  'rotation.went-on': { readonly why: string };
  'rotation.answered': {
    readonly question: number;
    readonly choice: RotationChoice;
    readonly by: string;
    readonly deadlineMs: number | null;
  };
  'rotation.break-declared': DeclaredBreak;
  'rotation.cancelled': { readonly by: string; readonly reason: string };
  'rotation.resumed': {
    readonly by: string;
    readonly deadlineMs: number | null;
    readonly watch: number;
  };
  'rotation.completed': { readonly steps: number; readonly kept: number; readonly byHand: number };
}

export type RotationEntryKind = keyof RotationEntryData;
export type RotationEntry = {
  [Kind in RotationEntryKind]: {
    readonly kind: Kind;
    readonly atMs: number;
    readonly actor: string;
    readonly data: RotationEntryData[Kind];
  };
}[RotationEntryKind];
