import { toTimestamp } from '../../../src/kernel/index.ts';

const DAY_MS = 86_400_000;

/** What a story may want to be different about who decides and what happens without asking. */
export interface CharterChoice {
  /** Of both mandates. */
  readonly mode?: 'act' | 'ask' | 'shadow';
  readonly upTo?: 'restrict' | 'isolate' | 'suspend';
  /** Whether a leaked credential is revoked at the end of W2. */
  readonly revokes?: boolean;
  /** Automatic cuts in an hour. */
  readonly cutsPerHour?: number;
}

const RIGHTS = `rights:
  - id: contain
    decision: contain
    decide:
      - { seat: ir-lead, acknowledge: PT2M, decide: PT5M }
      - { seat: ciso, acknowledge: PT2M, decide: PT5M, lastResort: true }
    hand-off: cumulative
    atDeadline: { stage: isolate, after: last-rung }
  - id: revoke
    decision: revoke
    decide: [ { seat: ir-lead, decide: PT10M }, { seat: ciso, decide: PT10M, lastResort: true } ]
    atDeadline: { keep: current-stage, repage: PT15M }
  - id: restore
    decision: restore
    decide: [ { seat: ir-lead, decide: PT30M }, { seat: platform-lead, decide: PT30M, lastResort: true } ]
    atDeadline: { keep: current-stage, repage: PT30M }
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
separation:
  - { never-same-person: [contain.decide, communicate.decide] }
  - { never-same-person: [contain.decide, restore.decide] }`;

export function storyCharter(nowMs: number, choice: CharterChoice): string {
  const { mode = 'act', upTo = 'suspend', revokes = true, cutsPerHour = 50 } = choice;
  const until = toTimestamp(nowMs + 90 * DAY_MS);
  const revoke = revokes ? '\n    then: { stage: revoke, window: PT30S }' : '';
  return `charter: northlake
format: 1
revision: 7
effective: ${toTimestamp(nowMs - DAY_MS)}
signed: { requires: { of: [ciso, coo], count: 2, distinct: [person] } }
roster: ./roster.yaml
unknown: { severity: highest, environment: prod, jurisdiction: every, owner: no-owner-right }
parties: { northlake: { kind: self } }
jurisdictions: { DE: { zone: Europe/Berlin, regulators: [bsi] } }
seats:
  ir-lead: { roster: ir }
  platform-lead: { roster: platform }
  ciso: { roster: ciso }
  coo: { roster: coo }
classes:
  machines: { match: { kind: [service-account, workload-identity, bot-user, oauth-app, ci-identity, ai-agent] } }
${RIGHTS}
mandates:
  - id: leaked-credential
    mode: ${mode}
    when: { class: [machines], signal: [credential-exposed], authenticity: signed, confidence: ">= strong", sources: 1 }
    windows: { beforeIsolation: PT10S }
    upTo: ${upTo}${revoke}
    until: ${until}
    rehearsed: { within: P30D, else: { downTo: restrict } }
  - id: strange-behaviour
    mode: ${mode}
    when: { class: [machines], signal: [anomalous-behaviour], authenticity: signed, confidence: ">= strong" }
    windows: { beforeIsolation: PT10S }
    upTo: ${upTo}
    until: ${until}
    rehearsed: { within: P30D, else: { downTo: restrict } }
inherit: { descendants-minted-after: first-suspect-time, upTo: isolate, limit: 20 }
protected:
  - { identity: "cloud-prod:identity:firebreak", max: none, path: break-glass }
fuses:
  automatic-cuts: { limit: ${cutsPerHour}, per: PT1H, scope: organisation, blown: ask }
  same-source: { limit: 100, per: PT10M, scope: signal-source, blown: quarantine-source }
  evidence: { limit: PT90S, blown: cut-anyway }
break-glass: { quorum: 2, from: [ir-lead, platform-lead, ciso, coo], distinct: [person, device], ttl: PT1H, review: P3D }
channels:
  push: { latency-p99: PT15S, depends: [internet] }
  voice: { latency-p99: PT75S, depends: [pstn] }
`;
}

export const STORY_ROSTER = `roster: northlake
format: 1
revision: 7
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
