import { toTimestamp } from '../../kernel/index.ts';

const DAY_MS = 86_400_000;

const RIGHTS = `rights:
  - id: contain
    decision: contain
    decide:
      - { seat: ir-lead, acknowledge: PT2M, decide: PT5M }
      - { seat: platform-lead, acknowledge: PT2M, decide: PT5M, lastResort: true }
    hand-off: cumulative
    atDeadline: { stage: isolate, after: last-rung }
  - id: revoke
    decision: revoke
    decide:
      - { seat: ir-lead, decide: PT10M }
      - { seat: ciso, decide: PT10M, lastResort: true }
    atDeadline: { keep: current-stage, repage: PT15M }
  - id: restore
    decision: restore
    decide:
      - { seat: platform-lead, decide: PT30M }
      - { seat: coo, decide: PT30M, lastResort: true }
    atDeadline: { keep: current-stage, repage: PT30M }
    hand-off: exclusive
  - id: publish
    decision: [communicate, notify, disclose]
    decide:
      - { seat: comms-lead, decide: PT30M }
      - { seat: coo, decide: PT30M, lastResort: true }
    atDeadline: { keep: silent, repage: PT15M }
    hand-off: exclusive
  - id: evidence
    decision: evidence
    decide: [ { seat: ir-lead, decide: PT2M }, { seat: platform-lead, decide: PT2M, lastResort: true } ]
    atDeadline: { follow: tree }
  - id: machine
    decision: [business-continuity, resume, end-exercise, rearm, reset-fuse, mark-suspect, adopt-charter]
    decide: [ { seat: ciso, decide: PT10M }, { seat: coo, decide: PT10M, lastResort: true } ]
    atDeadline: { keep: current-stage, repage: PT15M }
    hand-off: exclusive
separation:
  - { never-same-person: [contain.decide, communicate.decide] }
  - { never-same-person: [contain.decide, restore.decide] }`;

/**
 * The decision rights of the demo, generated relative to now so that nothing in them is ever expired. The mandates act,
 * with windows of seconds instead of minutes; in a real charter a mandate is in shadow unless it says otherwise.
 */
export function demoCharter(nowMs: number): string {
  const until = toTimestamp(nowMs + 90 * DAY_MS);
  return `charter: northlake-demo
format: 1
revision: 1
effective: ${toTimestamp(nowMs - DAY_MS)}
signed: { requires: { of: [ciso, coo], count: 2, distinct: [person] } }
roster: ./roster.yaml
unknown:
  severity: highest
  environment: prod
  jurisdiction: every
  owner: no-owner-right
parties:
  northlake: { kind: self }
jurisdictions:
  DE: { zone: Europe/Berlin, regulators: [bsi, dpa-de] }
seats:
  ir-lead: { roster: ir }
  platform-lead: { roster: platform }
  ciso: { roster: ciso }
  coo: { roster: coo }
  comms-lead: { roster: comms }
  service-owner: { from: inventory.owner.business, orElse: platform-lead }
classes:
  ci: { match: { kind: ci-identity } }
  robots: { match: { kind: [service-account, workload-identity, bot-user, oauth-app] } }
  agent: { match: { kind: ai-agent } }
${RIGHTS}
mandates:
  - id: leaked-credential
    mode: act
    when: { class: [ci, robots, agent], signal: [credential-exposed], authenticity: signed, confidence: ">= strong", sources: 1 }
    windows: { beforeIsolation: PT2S }
    upTo: suspend
    then: { stage: revoke, window: PT4S }
    until: ${until}
    rehearsed: { within: P30D, else: { downTo: restrict } }
  - id: strange-behaviour
    mode: act
    when: { class: [ci, robots, agent], signal: [anomalous-behaviour, credential-misuse], authenticity: signed, confidence: ">= strong" }
    windows: { beforeIsolation: PT2S }
    upTo: suspend
    until: ${until}
    rehearsed: { within: P30D, else: { downTo: restrict } }
inherit: { descendants-minted-after: first-suspect-time, upTo: isolate, limit: 20 }
protected:
  - { identity: "cloud-prod:identity:firebreak", max: none, path: break-glass }
fuses:
  automatic-cuts: { limit: 200, per: PT1H, scope: organisation, blown: ask }
  same-source: { limit: 100, per: PT10M, scope: signal-source, blown: quarantine-source }
  evidence: { limit: PT10S, blown: cut-anyway }
break-glass: { quorum: 2, from: [ir-lead, platform-lead, ciso, coo], distinct: [person, device], ttl: PT1H, review: P3D }
channels:
  push: { latency-p99: PT15S, depends: [internet] }
  voice: { latency-p99: PT75S, depends: [pstn] }
`;
}

/** Always on shift: the demo has no nights. Whose shift it is has its own issues to be right about. */
export const DEMO_ROSTER = `roster: northlake-demo
format: 1
revision: 1
people:
  mia: { name: Mia Lindqvist }
  jonas: { name: Jonas Keller }
  dana: { name: Dana Whitfield }
  piet: { name: Piet de Vries }
  ola: { name: Ola Nyberg }
rosters:
  ir: { shifts: [{ person: mia, always: true }] }
  platform: { shifts: [{ person: jonas, always: true }] }
  ciso: { shifts: [{ person: dana, always: true }] }
  coo: { shifts: [{ person: piet, always: true }] }
  comms: { shifts: [{ person: ola, always: true }] }
`;

/** The person a demo's administrator speaks as, and the one who may restore. */
export const DEMO_PEOPLE = { responder: 'mia', restorer: 'jonas' } as const;
