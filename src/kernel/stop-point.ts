import { FirebreakError } from './errors.ts';

/** Where a crash test may kill the process: each lies between two writes, or between a write and the world. */
export const STOP_POINTS = [
  // intake and decisions
  'before-accept',
  'after-accept',
  'before-decision',
  'after-decision',
  // runner
  'before-claim',
  'after-claim',
  'after-intent',
  'before-readback',
  'before-effect',
  'after-effect',
  'before-outcome',
  'after-outcome',
  'after-takeover',
  // ledger
  'before-seal',
  'after-seal',
] as const;
export type StopPoint = (typeof STOP_POINTS)[number];

export interface StopOrder {
  readonly point: StopPoint;
  /** The process dies at this passage, counted from 1. */
  readonly passage: number;
}

/** `name` or `name:n`. */
export function parseStopOrder(text: string): StopOrder {
  const [name, count = '1'] = text.split(':');
  const point = STOP_POINTS.find((known) => known === name);
  const passage = Number(count);
  if (point === undefined || !Number.isSafeInteger(passage) || passage < 1) {
    throw new FirebreakError('configuration-invalid', {
      problem: `FIREBREAK_STOP_AT=${text} names no stop point`,
    });
  }
  return { point, passage };
}

/** Kills at the ordered passage and lets every other one through. */
export function createStopPoint(order: StopOrder, kill: () => void): (point: StopPoint) => void {
  let left = order.passage;
  return (point) => {
    if (point !== order.point) return;
    left -= 1;
    if (left === 0) kill();
  };
}

function killThisProcess(): void {
  process.kill(process.pid, 'SIGKILL');
}

const ordered = process.env['FIREBREAK_STOP_AT'];

/** Nothing happens here unless a crash test asks for it. */
export const stopPoint: (point: StopPoint) => void =
  ordered === undefined || ordered === ''
    ? () => undefined
    : createStopPoint(parseStopOrder(ordered), killThisProcess);
