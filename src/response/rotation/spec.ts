import type { RotationEntry } from './entries.ts';

/**
 * The rules of a rotation once more, told without its state machine: what must not be found on any ledger. Slow, short,
 * and written apart from decide.ts, so that both are unlikely to be wrong in the same way.
 */
export function violationsOf(entries: readonly RotationEntry[]): readonly string[] {
  return entries.flatMap((entry, at) => {
    const before = entries.slice(0, at);
    switch (entry.kind) {
      case 'rotation.retiring':
        return retiring(before, entry.data.step);
      case 'rotation.minting':
        return minting(before, entry.data.step, entry.data.hold);
      case 'rotation.handing-over':
        return handingOver(before, entry.data.handOver);
      case 'rotation.wave-opened':
        return waveOpened(before, entry.data.handOvers);
      default:
        return [];
    }
  });
}

function planOf(entries: readonly RotationEntry[]) {
  const [first] = entries;
  if (first?.kind !== 'rotation.opened') throw new TypeError('a rotation is opened first');
  return first.data.plan;
}

function isAcknowledged(entries: readonly RotationEntry[], handOver: string): boolean {
  const seen = entries.findLast(
    (entry) => entry.kind === 'rotation.observed' && entry.data.handOver === handOver,
  );
  return seen?.kind === 'rotation.observed' && seen.data.progress === 'acknowledged';
}

/** A person went on without it, in an answer to a question that named it or its step. */
function isExcused(entries: readonly RotationEntry[], handOver: string, step: string): boolean {
  return entries.some((entry) => {
    if (entry.kind !== 'rotation.answered') return false;
    if (entry.data.choice !== 'leave' && entry.data.choice !== 'retire') return false;
    const { question: number } = entry.data;
    const asked = entries.find(
      (one) => one.kind === 'rotation.stopped' && one.data.question.number === number,
    );
    if (asked?.kind !== 'rotation.stopped') return false;
    const { about } = asked.data.question;
    return about.includes(handOver) || about.includes(step);
  });
}

function isSettled(entries: readonly RotationEntry[], handOver: string, step: string): boolean {
  return isAcknowledged(entries, handOver) || isExcused(entries, handOver, step);
}

function retiring(before: readonly RotationEntry[], step: string): readonly string[] {
  const isMinted = before.some(
    (entry) => entry.kind === 'rotation.minted' && entry.data.step === step,
  );
  const isDeclared = before.some(
    (entry) => entry.kind === 'rotation.break-declared' && entry.data.step === step,
  );
  const open = planOf(before).handOvers.filter(
    (one) => one.step === step && !isAcknowledged(before, one.id),
  );
  return [
    ...(isMinted ? [] : [`${step} is retired without a new one`]),
    ...(open.length === 0 || isDeclared ? [] : [`${step} is retired before all acknowledged`]),
    ...open
      .filter((one) => !isExcused(before, one.id, step))
      .map((one) => `${step} is retired and nobody excused ${one.id}`),
  ];
}

function minting(before: readonly RotationEntry[], step: string, hold: string): readonly string[] {
  const own = before.filter((entry) => 'step' in entry.data && entry.data.step === step);
  const count = (kind: RotationEntry['kind']): number =>
    own.filter((entry) => entry.kind === kind).length;
  const live =
    count('rotation.minting') - count('rotation.mint-lost') - count('rotation.mint-failed');
  return [
    ...(hold === 'unheld' ? [`${step} is minted while it is suspected and free`] : []),
    ...(live > 0 ? [`${step} is minted twice`] : []),
  ];
}

function handingOver(before: readonly RotationEntry[], handOver: string): readonly string[] {
  const step = planOf(before).handOvers.find((one) => one.id === handOver)?.step;
  const isMinted = before.some(
    (entry) => entry.kind === 'rotation.minted' && entry.data.step === step,
  );
  const wave = before.findLast((entry) => entry.kind === 'rotation.wave-opened');
  const isIn = wave?.kind === 'rotation.wave-opened' && wave.data.handOvers.includes(handOver);
  return [
    ...(isMinted ? [] : [`${handOver} is handed what does not exist`]),
    ...(isIn ? [] : [`${handOver} is handed over outside its wave`]),
  ];
}

const ENDS: ReadonlySet<string> = new Set(['rotation.retired', 'rotation.step-ended']);

function waveOpened(
  before: readonly RotationEntry[],
  handOvers: readonly string[],
): readonly string[] {
  const plan = planOf(before);
  const stepOf = new Map(plan.handOvers.map((one) => [one.id, one.step]));
  const groupOf = new Map(plan.steps.map((step) => [step.id, step.group]));
  const earlier = before.flatMap((entry) =>
    entry.kind === 'rotation.wave-opened' ? entry.data.handOvers : [],
  );
  const unsettled = earlier.filter((id) => !isSettled(before, id, stepOf.get(id) ?? ''));
  const group = Math.min(...handOvers.map((id) => groupOf.get(stepOf.get(id) ?? '') ?? 0));
  const left = plan.steps.filter(
    (step) =>
      step.left === null &&
      step.group < group &&
      !before.some(
        (entry) => ENDS.has(entry.kind) && 'step' in entry.data && entry.data.step === step.id,
      ),
  );
  return [
    ...unsettled.map((id) => `a wave begins before ${id} of an earlier one is settled`),
    ...left.map((step) => `a wave begins before ${step.id} of an earlier layer is over`),
  ];
}
