import { northlakeCharter } from '../../src/app/index.ts';

/** Kinds of question -> seconds that the first rung has: 5 to 60. */
export const SECONDS = {
  communicate: 5,
  notify: 12,
  disclose: 20,
  'business-continuity': 28,
  resume: 36,
  'end-exercise': 46,
  'reset-fuse': 60,
} as const;
export type Kind = keyof typeof SECONDS;
// The keys of a constant.
export const KINDS = Object.keys(SECONDS) as readonly Kind[];

function right(kind: Kind): string {
  return `  - id: ${kind}
    decision: ${kind}
    decide: [ { seat: ciso, decide: PT${SECONDS[kind]}S }, { seat: coo, decide: PT12H, lastResort: true } ]
    atDeadline: { keep: current-stage, repage: PT12H }
    hand-off: exclusive
`;
}

const OTHERS = `  - id: contain
    decision: [contain]
    decide: [ { seat: ir-lead, decide: PT5M }, { seat: ciso, decide: PT5M, lastResort: true } ]
    atDeadline: { stage: isolate, after: last-rung }
  - id: others
    decision: [revoke, rearm, mark-suspect, adopt-charter]
    decide: [ { seat: ciso, decide: PT5M }, { seat: coo, decide: PT5M, lastResort: true } ]
    atDeadline: { keep: current-stage, repage: PT15M }
  - id: restore
    decision: restore
    decide: [ { seat: platform-lead, decide: PT30M }, { seat: coo, decide: PT30M, lastResort: true } ]
    atDeadline: { keep: current-stage, repage: PT30M }
    hand-off: exclusive
  - id: evidence
    decision: evidence
    decide: [ { seat: ir-lead, decide: PT2M }, { seat: ciso, decide: PT2M, lastResort: true } ]
    atDeadline: { follow: tree }
`;

/** Two rungs for each kind: the first gives way after its seconds, the second has half a day. */
export function benchCharter(nowMs: number): string {
  const [head = '', rest = ''] = northlakeCharter(nowMs, { name: 'bench' }).split(/^rights:$/mu);
  const [, tail = ''] = rest.split(/^separation:$/mu);
  return `${head}rights:\n${KINDS.map(right).join('')}${OTHERS}separation:${tail}`;
}
