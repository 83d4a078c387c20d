import { northlakeCharter, type CharterChoice } from '../../../src/app/index.ts';

const RIGHTS = `rights:
  - id: contain
    decision: contain
    advise: { seats: [coo], within: PT2M, silence: proceed }
    decide:
      - { seat: ir-lead, acknowledge: PT2M, decide: PT5M }
      - { seat: platform-lead, acknowledge: PT2M, decide: PT5M, warm: PT1M }
      - { seat: ciso, acknowledge: PT2M, decide: PT5M, lastResort: true }
    hand-off: cumulative
    reject: { holds: PT15M, scope: this-digest }
    atDeadline: { stage: isolate, after: last-rung, meanwhile: { stage: restrict, after: PT1M } }
  - id: revoke
    decision: revoke
    approve: { count: 1, from: [coo], distinctFrom: [decide] }
    decide: [ { seat: ir-lead, decide: PT10M }, { seat: ciso, decide: PT10M, lastResort: true } ]
    atDeadline: { keep: current-stage, repage: PT15M }
  - id: restore
    decision: restore
    decide: [ { seat: platform-lead, decide: PT10M }, { seat: coo, decide: PT10M, lastResort: true } ]
    atDeadline: { keep: current-stage, repage: PT30M }
    hand-off: exclusive
  - id: publish
    decision: [communicate, notify, disclose]
    advise: { seats: [coo], within: PT20M, silence: proceed-with-approved-template }
    decide: [ { seat: comms-lead, decide: PT30M }, { seat: coo, decide: PT30M, lastResort: true } ]
    atDeadline: { keep: silent, repage: PT15M }
    hand-off: exclusive
  - id: evidence
    decision: evidence
    decide: [ { seat: ir-lead, decide: PT2M }, { seat: platform-lead, decide: PT2M, lastResort: true } ]
    atDeadline: { follow: tree }
  - id: machine
    decision: [business-continuity, resume, end-exercise, reset-fuse]
    decide: [ { seat: ciso, decide: PT10M }, { seat: coo, decide: PT10M, lastResort: true } ]
    atDeadline: { keep: current-stage, repage: PT15M }
    hand-off: exclusive
  - id: machine.grave
    decision: [rearm, mark-suspect, adopt-charter]
    decide: [ { seat: ciso, decide: PT10M }, { seat: coo, decide: PT10M, lastResort: true } ]
    approve: { count: 1, from: [ir-lead, platform-lead], distinctFrom: [decide] }
    atDeadline: { keep: current-stage, repage: PT15M }
    hand-off: exclusive
separation:
  - { never-same-person: [contain.decide, communicate.decide] }
  - { never-same-person: [contain.decide, restore.decide] }
`;

/** Northlake with three rungs, advisers and approvers: what the stories about deciding are told under. */
export function decidingCharter(choice: CharterChoice = {}): (nowMs: number) => string {
  return (nowMs) => {
    const text = northlakeCharter(nowMs, {
      name: 'northlake',
      mode: 'ask',
      windows: { isolate: 10, revoke: 30 },
      evidenceFuseS: 90,
      ...choice,
    });
    const [head, rest = ''] = text.split(/^rights:$/mu);
    const [, tail = ''] = rest.split(/^mandates:$/mu);
    return `${head}${RIGHTS}mandates:\n${tail}`;
  };
}
