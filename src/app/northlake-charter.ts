import { toTimestamp } from '../kernel/index.ts';

/** What an installation of Northlake may want to be different about who decides and what happens without asking. */
export interface CharterChoice {
  readonly name?: string;
  /** Of both mandates. */
  readonly mode?: 'act' | 'ask' | 'shadow';
  readonly upTo?: 'restrict' | 'isolate' | 'suspend';
  /** Seconds before isolation, and before a leaked credential is revoked. */
  readonly windows?: { readonly isolate: number; readonly revoke: number };
  /** Whether a leaked credential is revoked at all. */
  readonly revokes?: boolean;
  /** Minutes a rung has to say that it is there, and to decide on containment. */
  readonly patience?: { readonly acknowledge: number; readonly decide: number };
  /** Seats in their order; the last one is the last resort. */
  readonly contain?: readonly Seat[];
  readonly restore?: readonly Seat[];
  /** Automatic cuts in an hour, and those that one source may cause in ten minutes. */
  readonly cutsPerHour?: number;
  readonly cutsPerSource?: number;
  readonly evidenceFuseS?: number;
  /** Targets on which automation leaves Firebreak's own account and the control identity alone. */
  readonly protectedTargets?: readonly string[];
}

type Seat = 'ir-lead' | 'platform-lead' | 'ciso' | 'coo';

/** Windows of seconds, so that everything can be watched. */
const DEMONSTRATION = {
  name: 'northlake-demo',
  mode: 'act',
  upTo: 'suspend',
  windows: { isolate: 2, revoke: 4 },
  revokes: true,
  patience: { acknowledge: 2, decide: 5 },
  contain: ['ir-lead', 'platform-lead'],
  restore: ['platform-lead', 'coo'],
  cutsPerHour: 200,
  cutsPerSource: 100,
  evidenceFuseS: 10,
  protectedTargets: ['cloud-prod'],
} as const satisfies Required<CharterChoice>;

const DAY_MS = 86_400_000;
/** Identities that a proof stands on: without a control an outage looks like success. */
const NEVER_CUT = ['firebreak', 'probe-control'] as const;

function rungs(seats: readonly Seat[], times: string): string {
  const each = seats.map((seat, index) => {
    const last = index === seats.length - 1 ? ', lastResort: true' : '';
    return `{ seat: ${seat}, ${times}${last} }`;
  });
  return `[ ${each.join(', ')} ]`;
}

const SEATS = `seats:
  ir-lead: { roster: ir }
  platform-lead: { roster: platform }
  ciso: { roster: ciso }
  coo: { roster: coo }
  comms-lead: { roster: comms }
  provider-lead: { roster: providers }
  service-owner: { from: inventory.owner.business, orElse: platform-lead }
classes:
  ci: { match: { kind: ci-identity } }
  robots: { match: { kind: [service-account, workload-identity, bot-user, oauth-app, certificate-subject] } }
  agent: { match: { kind: ai-agent } }
  provider-run: { match: { operator: orbis } }`;

/** Whatever a provider runs is decided by who answers for the provider; its contract lets it decide nothing. */
function rightsOf(choice: Required<CharterChoice>): string {
  const { patience, contain, restore } = choice;
  const times = `acknowledge: PT${patience.acknowledge}M, decide: PT${patience.decide}M`;
  return `rights:
  - id: contain
    decision: contain
    decide: ${rungs(contain, times)}
    hand-off: cumulative
    atDeadline: { stage: isolate, after: last-rung }
  - id: contain.provider-run
    overrides: [contain]
    when: { class: provider-run }
    decide: [ { seat: provider-lead, ${times} }, { seat: ciso, ${times}, lastResort: true } ]
  - id: revoke
    decision: revoke
    decide: ${rungs(['ir-lead', 'ciso'], `decide: PT${patience.decide * 2}M`)}
    atDeadline: { keep: current-stage, repage: PT15M }
  - id: restore
    decision: restore
    decide: ${rungs(restore, 'decide: PT30M')}
    atDeadline: { keep: current-stage, repage: PT30M }
    hand-off: exclusive
  - id: publish
    decision: [communicate, notify, disclose]
    decide: [ { seat: comms-lead, decide: PT30M }, { seat: coo, decide: PT30M, lastResort: true } ]
    atDeadline: { keep: silent, repage: PT15M }
    hand-off: exclusive
  - id: evidence
    decision: evidence
    decide: ${rungs(['ir-lead', 'platform-lead'], 'decide: PT2M')}
    atDeadline: { follow: tree }
  - id: machine
    decision: [business-continuity, resume, end-exercise, rearm, reset-fuse, mark-suspect, adopt-charter]
    decide: ${rungs(['ciso', 'coo'], 'decide: PT10M')}
    atDeadline: { keep: current-stage, repage: PT15M }
    hand-off: exclusive
separation:
  - { never-same-person: [contain.decide, communicate.decide] }
  - { never-same-person: [contain.decide, restore.decide] }`;
}

function mandatesOf(choice: Required<CharterChoice>, until: string): string {
  const { mode, upTo, windows, revokes } = choice;
  const { isolate, revoke } = windows;
  const then = revokes ? `\n    then: { stage: revoke, window: PT${revoke}S }` : '';
  return `mandates:
  - id: leaked-credential
    mode: ${mode}
    when: { class: [ci, robots, agent], signal: [credential-exposed], authenticity: signed, confidence: ">= strong", sources: 1 }
    windows: { beforeIsolation: PT${isolate}S }
    upTo: ${upTo}${then}
    until: ${until}
    rehearsed: { within: P30D, else: { downTo: restrict } }
  - id: strange-behaviour
    mode: ${mode}
    when: { class: [ci, robots, agent], signal: [anomalous-behaviour, credential-misuse, off-intent-action, session-hijack], authenticity: signed, confidence: ">= strong" }
    windows: { beforeIsolation: PT${isolate}S }
    upTo: ${upTo}
    until: ${until}
    rehearsed: { within: P30D, else: { downTo: restrict } }`;
}

function protectedOf(targets: readonly string[]): string {
  const each = targets.flatMap((target) =>
    NEVER_CUT.map(
      (name) => `  - { identity: "${target}:identity:${name}", max: none, path: break-glass }\n`,
    ),
  );
  return each.length === 0 ? '' : `protected:\n${each.join('')}`;
}

/**
 * The decision rights of Northlake, generated relative to now so that nothing in them is ever expired. The mandates act;
 * in a real charter a mandate is in shadow unless it says otherwise.
 */
export function northlakeCharter(nowMs: number, given: CharterChoice = {}): string {
  const choice: Required<CharterChoice> = { ...DEMONSTRATION, ...given };
  const until = toTimestamp(nowMs + 90 * DAY_MS);
  return `charter: ${choice.name}
format: 1
revision: 7
effective: ${toTimestamp(nowMs - DAY_MS)}
signed: { requires: { of: [ciso, coo], count: 2, distinct: [person] } }
roster: ./roster.yaml
unknown: { severity: highest, environment: prod, jurisdiction: every, owner: no-owner-right }
parties:
  northlake: { kind: self }
  orbis: { kind: msp, contract: { until: ${until}, mayExecute: [northlake-payments], mayDecide: [] } }
jurisdictions:
  DE: { zone: Europe/Berlin, regulators: [bsi, dpa-de] }
  US: { zone: America/New_York, regulators: [sec] }
  AU: { zone: Australia/Sydney, regulators: [oaic] }
${SEATS}
${rightsOf(choice)}
${mandatesOf(choice, until)}
inherit: { descendants-minted-after: first-suspect-time, upTo: isolate, limit: 20 }
${protectedOf(choice.protectedTargets)}fuses:
  automatic-cuts: { limit: ${choice.cutsPerHour}, per: PT1H, scope: organisation, blown: ask }
  same-source: { limit: ${choice.cutsPerSource}, per: PT10M, scope: signal-source, blown: quarantine-source }
  evidence: { limit: PT${choice.evidenceFuseS}S, blown: cut-anyway }
break-glass: { quorum: 2, from: [ir-lead, platform-lead, ciso, coo], distinct: [person, device], ttl: PT1H, review: P3D }
channels:
  push: { latency-p99: PT15S, depends: [internet] }
  voice: { latency-p99: PT75S, depends: [pstn] }
`;
}

/** Always on shift: whose shift it is has its own tests to be right about. `members` are lines that follow the people. */
export function northlakeRoster(members: readonly string[] = []): string {
  return `roster: northlake
format: 1
revision: 7
people:
  mia: { name: Mia Lindqvist }
  jonas: { name: Jonas Keller }
  dana: { name: Dana Whitfield }
  piet: { name: Piet de Vries }
  ola: { name: Ola Nyberg }
  nadia: { name: Nadia Haddad }
${members.map((line) => `${line}\n`).join('')}rosters:
  ir: { shifts: [{ person: mia, always: true }] }
  platform: { shifts: [{ person: jonas, always: true }] }
  ciso: { shifts: [{ person: dana, always: true }] }
  coo: { shifts: [{ person: piet, always: true }] }
  comms: { shifts: [{ person: ola, always: true }] }
  providers: { shifts: [{ person: nadia, always: true }] }
`;
}

export const NORTHLAKE_ROSTER = northlakeRoster();

/** Who leads the response and decides containment, and who may give back. */
export const NORTHLAKE_PEOPLE = { responder: 'mia', restorer: 'jonas' } as const;
