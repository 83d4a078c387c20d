import { toTimestamp } from '../../../src/kernel/index.ts';

const DAY_MS = 86_400_000;

const SEATS_AND_RIGHTS = `seats:
  ir-lead: { roster: ir }
  platform-lead: { roster: platform }
  ciso: { roster: ciso }
  coo: { roster: coo }
classes:
  all: { match: { kind: [service-account, workload-identity, bot-user, oauth-app, ci-identity, ai-agent] } }
rights:
  - id: contain
    decision: contain
    decide:
      - { seat: ir-lead, acknowledge: PT20M, decide: PT30M }
      - { seat: ciso, acknowledge: PT20M, decide: PT30M, lastResort: true }
    hand-off: cumulative
    atDeadline: { stage: isolate, after: last-rung }
  - id: revoke
    decision: revoke
    decide: [ { seat: ir-lead, decide: PT30M }, { seat: ciso, decide: PT30M, lastResort: true } ]
    atDeadline: { keep: current-stage, repage: PT15M }
  - id: restore
    decision: restore
    decide: [ { seat: platform-lead, decide: PT30M }, { seat: coo, decide: PT30M, lastResort: true } ]
    atDeadline: { keep: current-stage, repage: PT30M }
    hand-off: exclusive
  - id: publish
    decision: [communicate, notify, disclose]
    decide: [ { seat: coo, decide: PT30M, lastResort: true } ]
    atDeadline: { keep: silent, repage: PT15M }
    hand-off: exclusive
  - id: evidence
    decision: evidence
    decide: [ { seat: ir-lead, decide: PT2M }, { seat: ciso, decide: PT2M, lastResort: true } ]
    atDeadline: { follow: tree }
  - id: machine
    decision: [business-continuity, resume, end-exercise, rearm, reset-fuse, mark-suspect, adopt-charter]
    decide: [ { seat: ciso, decide: PT10M }, { seat: coo, decide: PT10M, lastResort: true } ]
    atDeadline: { keep: current-stage, repage: PT15M }
    hand-off: exclusive
`;

/** Mandates that act, with windows of less than a second; fuses that a thousand incidents do not blow. */
export function crashCharter(nowMs: number): string {
  const until = toTimestamp(nowMs + 30 * DAY_MS);
  return `charter: crash
format: 1
revision: 1
effective: ${toTimestamp(nowMs - DAY_MS)}
signed: { requires: { of: [ciso, coo], count: 2, distinct: [person] } }
roster: ./roster.yaml
unknown: { severity: highest, environment: prod, jurisdiction: every, owner: no-owner-right }
parties: { northlake: { kind: self } }
jurisdictions: { DE: { zone: Europe/Berlin, regulators: [bsi] } }
${SEATS_AND_RIGHTS}separation:
  - { never-same-person: [contain.decide, communicate.decide] }
  - { never-same-person: [contain.decide, restore.decide] }
mandates:
  - id: leaked-credential
    mode: act
    when: { class: [all], signal: [credential-exposed], authenticity: signed, confidence: ">= strong", sources: 1 }
    windows: { beforeIsolation: PT0.4S }
    upTo: suspend
    then: { stage: revoke, window: PT0.6S }
    until: ${until}
    rehearsed: { within: P30D, else: { downTo: restrict } }
  - id: strange-behaviour
    mode: act
    when: { class: [all], signal: [anomalous-behaviour], authenticity: signed, confidence: ">= strong" }
    windows: { beforeIsolation: PT0.4S }
    upTo: suspend
    until: ${until}
    rehearsed: { within: P30D, else: { downTo: restrict } }
inherit: { descendants-minted-after: first-suspect-time, upTo: isolate, limit: 20 }
protected:
  - { identity: "ci:identity:firebreak", max: none, path: break-glass }
fuses:
  automatic-cuts: { limit: 1000000, per: PT1H, scope: organisation, blown: ask }
  same-source: { limit: 1000000, per: PT10M, scope: signal-source, blown: quarantine-source }
  evidence: { limit: PT10S, blown: cut-anyway }
break-glass: { quorum: 2, from: [ir-lead, platform-lead, ciso, coo], distinct: [person, device], ttl: PT1H, review: P3D }
channels:
  push: { latency-p99: PT15S, depends: [internet] }
  voice: { latency-p99: PT75S, depends: [pstn] }
`;
}

export const CRASH_ROSTER = `roster: crash
format: 1
revision: 1
people:
  mia: { name: Mia Lindqvist }
  jonas: { name: Jonas Keller }
  dana: { name: Dana Whitfield }
  piet: { name: Piet de Vries }
rosters:
  ir: { shifts: [{ person: mia, always: true }] }
  platform: { shifts: [{ person: jonas, always: true }] }
  ciso: { shifts: [{ person: dana, always: true }] }
  coo: { shifts: [{ person: piet, always: true }] }
`;

/** Decides containment. */
export const RESPONDER = 'mia';
/** Gives back. */
export const RESTORER = 'jonas';
