import {
  type Authenticity,
  type Confidence,
  GUARANTEES,
  type Guarantee,
  isAtLeast,
  STAGE_GUARANTEES,
} from '../../kernel/index.ts';
import type { Stakes, Weighed } from '../model.ts';

// Delay against disruption. Waiting costs H while a cut would cost C when it is wrong; a cut is worth it from the
// confidence p* = C / (C + H) on. An attacker can inflate H, so fuses stay outside.

/** Published, so that everybody can check a sentence by hand. */
export const CONFIDENCE_NUMBERS: Readonly<Record<Confidence, number>> = {
  weak: 0.2,
  medium: 0.5,
  strong: 0.8,
  proven: 0.98,
};

/** `confidence` has counted independent sources already; nobody vouches for what is unauthenticated. */
export function confidenceNumber(confidence: Confidence, authenticity: Authenticity): number {
  return authenticity === 'unauthenticated' ? 0 : CONFIDENCE_NUMBERS[confidence];
}

/** Revoking cannot be taken back: it needs this much, however little it seems to cost. */
const REVOKE_FLOOR = 0.9;
/** A restore time that was only declared, never rehearsed. */
const DECLARED_FACTOR = 4;

export interface Bounds {
  readonly floor: number;
  readonly ceiling: number;
}

export function strongerOf(left: Guarantee, right: Guarantee): Guarantee {
  return isAtLeast(GUARANTEES, left, right) ? left : right;
}

type StakedStage = Stakes['stages'][number];
type WeighedStage = Weighed['stages'][number];

export function thresholdOf(
  stakes: Stakes,
  stage: StakedStage,
  minutes: number,
  { floor, ceiling }: Bounds,
): WeighedStage {
  const { guarantee, removes, disruptionPerMinute } = stage;
  const waitingCosts = stakes.damagePerMinute * removes * minutes;
  const cuttingCosts =
    (disruptionPerMinute ?? stakes.classMaximumPerMinute) * minutesToRestore(stage);
  // A cut that breaks nothing is worth any suspicion above the floor.
  const plain = cuttingCosts === 0 ? 0 : cuttingCosts / (cuttingCosts + waitingCosts);
  const clamped = Math.min(ceiling, Math.max(floor, plain));
  const threshold = guarantee === 'G5' ? Math.max(REVOKE_FLOOR, clamped) : clamped;
  return { guarantee, threshold, waitingCosts, cuttingCosts };
}

function minutesToRestore(stage: StakedStage): number {
  return stage.minutesToRestoreRehearsed ?? DECLARED_FACTOR * stage.minutesToRestoreDeclared;
}

export interface Weighing {
  readonly stakes: Stakes;
  readonly confidence: number;
  readonly minutes: number;
  /** How long ago undoing was rehearsed; null = never. */
  readonly undoRehearsedMs: number | null;
  readonly bounds: Bounds;
}

/** The strongest stage that this confidence is enough for, and the sentence that says why. */
export function weigh(weighing: Weighing): Weighed {
  const { stakes, confidence, minutes, bounds } = weighing;
  const stages = stakes.stages.map((stage) => thresholdOf(stakes, stage, minutes, bounds));
  let allows: Guarantee | null = null;
  for (const { guarantee, threshold } of stages) {
    if (confidence < threshold) continue;
    allows = allows === null ? guarantee : strongerOf(allows, guarantee);
  }
  const told = stages.find(({ guarantee }) => guarantee === (allows ?? toldOf(stages)));
  const wouldChangeTheAnswer = told === undefined ? [] : changes(weighing, told);
  const sentence = told === undefined ? '' : sentenceOf(weighing, told, wouldChangeTheAnswer);
  return { allows, confidence, stages, sentence, wouldChangeTheAnswer };
}

/** When nothing is allowed, the nearest stage is the one to talk about. */
function toldOf(stages: readonly WeighedStage[]): Guarantee | null {
  let nearest: WeighedStage | null = null;
  for (const stage of stages) {
    if (nearest === null || stage.threshold < nearest.threshold) nearest = stage;
  }
  return nearest?.guarantee ?? null;
}

function stageName(guarantee: Guarantee): string {
  const entry = Object.entries(STAGE_GUARANTEES).find(([, known]) => known === guarantee);
  return entry?.[0] ?? guarantee;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

/** 1500 -> `1,500` */
function points(count: number): string {
  return String(Math.round(count)).replaceAll(/\B(?=(\d{3})+$)/gu, ',');
}

export function spanText(minutes: number): string {
  if (minutes < 1) return `${Math.round(minutes * 60)} s`;
  if (minutes < 120) return `${Math.round(minutes)} min`;
  if (minutes < 2_880) return `${Math.round(minutes / 60)} h`;
  return `${Math.round(minutes / 1_440)} days`;
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

function sentenceOf(weighing: Weighing, told: WeighedStage, would: readonly string[]): string {
  const { stakes, confidence, minutes, undoRehearsedMs } = weighing;
  const { guarantee, threshold, waitingCosts, cuttingCosts } = told;
  const name = stageName(guarantee);
  const needs = percent(threshold);
  const have = percent(confidence);
  const verdict =
    confidence >= threshold
      ? `${capital(name)} now: ${needs} confidence is enough, we have ${have}.`
      : `Ask before ${name}: ${needs} confidence is needed, we have ${have}.`;
  const { known, inferred, unknown } = stakes.consumers;
  const age =
    stakes.mapAgeMs === null
      ? 'map of unknown age'
      : `map ${spanText(stakes.mapAgeMs / 60_000)} old`;
  const undo =
    undoRehearsedMs === null
      ? 'never rehearsed'
      : `rehearsed ${spanText(undoRehearsedMs / 60_000)} ago`;
  return [
    verdict,
    `Waiting ${spanText(minutes)} for the holder costs ${points(waitingCosts)};`,
    `a wrong cut costs ${points(cuttingCosts)}`,
    `(${known} known, ${inferred} inferred, ${unknown} unknown consumers, ${age}).`,
    `Would change the answer: ${would.length === 0 ? 'nothing that is weighed here' : would.join(', or ')}.`,
    `Undo: ${undo}.`,
  ].join(' ');
}

/** Each is what one input would have to be for the answer to tip, the others staying as they are. */
function changes(
  { stakes, confidence, minutes, bounds }: Weighing,
  told: WeighedStage,
): readonly string[] {
  const stage = stakes.stages.find(({ guarantee }) => guarantee === told.guarantee);
  if (stage === undefined) return [];
  const acts = confidence >= told.threshold;
  const floor = told.guarantee === 'G5' ? Math.max(REVOKE_FLOOR, bounds.floor) : bounds.floor;
  const needed = acts ? `less than ${percent(told.threshold)}` : percent(told.threshold);
  const surer = `${needed} confidence`;
  // Outside the clamps no cost tips it: below the floor nothing acts, above the ceiling everything does.
  if (confidence < floor || confidence >= Math.max(bounds.ceiling, floor)) return [surer];
  const odds = confidence / (1 - confidence);
  const outage = (told.waitingCosts * odds) / costPerMinute(stakes, stage);
  const would: string[] = [];
  if (Number.isFinite(outage) && outage > 0) {
    would.push(`an outage ${acts ? 'longer' : 'shorter'} than ${spanText(outage)}`);
  }
  const perMinute = stakes.damagePerMinute * stage.removes;
  const wait = told.cuttingCosts / odds / perMinute;
  if (!acts && Number.isFinite(wait) && wait > minutes) {
    would.push(`an answer that is ${spanText(wait)} away`);
  }
  if (!acts || would.length === 0) would.push(surer);
  return would;
}

function costPerMinute(stakes: Stakes, stage: StakedStage): number {
  return stage.disruptionPerMinute ?? stakes.classMaximumPerMinute;
}
