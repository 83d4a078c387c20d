/** One mandate that acts on a signed, confident signal; fuses that a flood of signals does not blow. */
export function benchCharter(effective: string, until: string): string {
  return `charter: bench
format: 1
revision: 1
effective: ${effective}
signed: { requires: { of: [lead, head], count: 2, distinct: [person] } }
roster: ./roster.yaml
unknown: { severity: highest, environment: prod, jurisdiction: every, owner: no-owner-right }
parties: { northlake: { kind: self } }
jurisdictions: { DE: { zone: Europe/Berlin, regulators: [bsi] } }
seats:
  lead: { roster: lead }
  platform: { roster: platform }
  head: { roster: head }
  comms: { roster: comms }
classes:
  robots: { match: { kind: [ci-identity, service-account, workload-identity, bot-user, oauth-app] } }
${RIGHTS}
mandates:
  - id: leaked-credential
    mode: act
    when: { class: [robots], signal: [credential-exposed], authenticity: signed, confidence: ">= strong", sources: 1 }
    windows: { beforeIsolation: PT2S }
    upTo: suspend
    until: ${until}
    rehearsed: { within: P30D, else: { downTo: restrict } }
inherit: { descendants-minted-after: first-suspect-time, upTo: isolate, limit: 20 }
fuses:
  automatic-cuts: { limit: 100000, per: PT1H, scope: organisation, blown: ask }
  same-source: { limit: 100000, per: PT10M, scope: signal-source, blown: quarantine-source }
  evidence: { limit: PT10S, blown: cut-anyway }
break-glass: { quorum: 2, from: [lead, platform, head], distinct: [person, device], ttl: PT1H, review: P3D }
channels:
  push: { latency-p99: PT15S, depends: [internet] }
  voice: { latency-p99: PT75S, depends: [pstn] }
`;
}

const RIGHTS = `rights:
  - id: contain
    decision: contain
    decide: [ { seat: lead, decide: PT5M }, { seat: platform, decide: PT5M, lastResort: true } ]
    hand-off: cumulative
    atDeadline: { stage: isolate, after: last-rung }
  - id: revoke
    decision: revoke
    decide: [ { seat: lead, decide: PT10M }, { seat: head, decide: PT10M, lastResort: true } ]
    atDeadline: { keep: current-stage, repage: PT15M }
  - id: restore
    decision: restore
    decide: [ { seat: platform, decide: PT30M }, { seat: head, decide: PT30M, lastResort: true } ]
    atDeadline: { keep: current-stage, repage: PT30M }
    hand-off: exclusive
  - id: publish
    decision: [communicate, notify, disclose]
    decide: [ { seat: comms, decide: PT30M }, { seat: head, decide: PT30M, lastResort: true } ]
    atDeadline: { keep: silent, repage: PT15M }
    hand-off: exclusive
  - id: evidence
    decision: evidence
    decide: [ { seat: lead, decide: PT2M }, { seat: platform, decide: PT2M, lastResort: true } ]
    atDeadline: { follow: tree }
  - id: machine
    decision: [business-continuity, resume, end-exercise, rearm, reset-fuse, mark-suspect, adopt-charter]
    decide: [ { seat: platform, decide: PT10M }, { seat: head, decide: PT10M, lastResort: true } ]
    atDeadline: { keep: current-stage, repage: PT15M }
    hand-off: exclusive
separation:
  - { never-same-person: [contain.decide, communicate.decide] }
  - { never-same-person: [contain.decide, restore.decide] }`;

export const BENCH_ROSTER = `roster: bench
format: 1
revision: 1
people:
  mia: { name: Mia Lindqvist }
  jonas: { name: Jonas Keller }
  dana: { name: Dana Whitfield }
  ola: { name: Ola Nyberg }
rosters:
  lead: { shifts: [{ person: mia, always: true }] }
  platform: { shifts: [{ person: jonas, always: true }] }
  head: { shifts: [{ person: dana, always: true }] }
  comms: { shifts: [{ person: ola, always: true }] }
`;
