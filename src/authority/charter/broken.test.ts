import { describe, expect, it } from 'vitest';
import { northlakeText } from '../arbitrary.testing.ts';
import type { CharterProblem, ProblemCode } from '../model.ts';
import { checkRoster } from '../roster/roster.ts';
import { checkCharter } from './charter.ts';

// Small differences to northlake's charter. § marks where the problem has to be shown.

type Edit = readonly [from: string, to: string];
type Broken = readonly [name: string, code: ProblemCode, words: string, ...edits: readonly Edit[]];

const REVOKE_APPROVE = 'approve: { count: 1, from: [ir-lead, platform-lead], distinctFrom';
const REVOKE_DEADLINE = 'atDeadline: { keep: current-stage, repage: PT15M }\n  - id: restore';
const MSP = '    overrides: [contain.default, contain.sev1, contain.ics]\n';

const FORM: readonly Broken[] = [
  ['an unknown section', 'unknown-key', 'no section partys', ['\nparties:', '\n§partys:']],
  ['a section in capitals', 'unknown-key', 'no section Seats', ['\nseats:', '\n§Seats:']],
  ['an unknown member', 'unknown-key', 'sorces is not known', ['sources: 1 }', '§sorces: 1 }']],
  [
    'a member elsewhere',
    'unknown-key',
    'zone is not known',
    ['comms-lead:      { roster', 'comms-lead:      { §zone: x, roster'],
  ],
  ['an unknown word', 'unknown-word', '"leak": this word', ['[credential-exposed]', '[§leak]']],
  [
    'an unknown stage',
    'unknown-word',
    '"isolat": this word',
    ['upTo: isolate\n', '§upTo: isolat\n'],
  ],
  [
    'an unknown decision',
    'unknown-word',
    '"contian"',
    ['decision: contain  ', '§decision: contian  '],
  ],
  ['a duration in minutes', 'form', '"15m" is not an ISO', ['window: PT15M', '§window: 15m']],
  ['a duration of months', 'form', '"P1M" is not an ISO', ['lookback: P30D', '§lookback: P1M']],
  ['a duration of nothing', 'form', '"PT" is not', ['holds: PT15M', '§holds: PT']],
  [
    'a number in words',
    'form',
    '"two" is not a whole number',
    ['sources: 2 }\n    upTo', '§sources: two }\n    upTo'],
  ],
  [
    'a huge number',
    'form',
    'is not a whole number',
    ['revision: 7', '§revision: 99999999999999999999'],
  ],
  ['half a person', 'form', '1.5 is not a whole', ['quorum: 2, from', '§quorum: 1.5, from']],
  ['a number that is none', 'form', 'is not a whole', ['limit: 25', '§limit: .nan']],
  ['nothing', 'form', 'nothing is not', ['environment: prod', '§environment:']],
  [
    'a day that does not exist',
    'form',
    'is not an RFC 3339',
    ['effective: 2026-12-01', '§effective: 2026-02-30'],
  ],
  [
    'a time without zone',
    'form',
    'is not an RFC 3339',
    ['01T00:00:00Z\nsigned', '01T00:00:00\nsigned'],
    ['effective:', '§effective:'],
  ],
  [
    'an hour after the last',
    'form',
    'is not a wall time',
    ['from: "07:00", to: "17:00"', 'from: "07:00", §to: "24:30"'],
  ],
  ['a wall time without quotes', 'form', 'is not a wall time', ['from: "08:00"', '§from: 8']],
  [
    'a name with spaces',
    'form',
    '"gen counsel" cannot be a name',
    ['  general-counsel: {', '  §gen counsel: {'],
  ],
  [
    'a list where a mapping is wanted',
    'form',
    'a list is not a mapping',
    ['inherit: {', '§inherit: [1]\nprotected_: {'],
  ],
  ['an empty list', 'form', 'is empty', ['from: [coo, ciso], when', '§from: [], when']],
  ['another format', 'form', '2 is not 1', ['format: 1', '§format: 2']],
  [
    'no meaning of what is missing',
    'missing',
    'unknown.owner is missing',
    ['  owner: no-owner-right', ''],
    ['unknown:  ', '§unknown:  '],
  ],
  [
    'a rung without time',
    'missing',
    'decide is missing',
    ['{ seat: ir-lead, decide: PT2M', '§{ seat: ir-lead'],
  ],
];

const NAMES: readonly Broken[] = [
  [
    'an unknown seat',
    'unknown-name',
    'no seat comms-leed',
    ['seat: comms-lead,', '§seat: comms-leed,'],
  ],
  [
    'an unknown approver',
    'unknown-name',
    'no seat cio',
    ['from: [coo, ciso], w', 'from: [coo, §cio], w'],
  ],
  [
    'an unknown adviser',
    'unknown-name',
    'no seat owner',
    ['seats: [service-owner], within: PT2M', 'seats: [§owner], within: PT2M'],
  ],
  [
    'an unknown seat in orElse',
    'unknown-name',
    'no seat platform',
    ['orElse: platform-lead', '§orElse: platform'],
  ],
  ['an unknown signer', 'unknown-name', 'no seat ceo', ['of: [ciso, coo,', 'of: [ciso, §ceo,']],
  ['an unknown voice', 'unknown-name', 'no seat ir', ['benignBy: [ir-lead,', 'benignBy: [§ir,']],
  [
    'an unknown seat behind glass',
    'unknown-name',
    'no seat platform-leed',
    ['quorum: 2, from: [ir-lead, platform-lead,', 'quorum: 2, from: [ir-lead, §platform-leed,'],
  ],
  [
    'a name of the machine',
    'unknown-name',
    'no seat constructor',
    ['seat: comms-lead,', '§seat: constructor,'],
  ],
  [
    'an unknown class',
    'unknown-name',
    'no class crowns',
    ['class: crown, severity', '§class: crowns, severity'],
  ],
  [
    'an unknown right',
    'unknown-name',
    'no right contain.defualt',
    ['overrides: [contain.default]', 'overrides: [§contain.defualt]'],
  ],
  [
    'an unknown zone',
    'unknown-name',
    'no time zone Mars/Olympus',
    ['zone: Europe/Berlin,    from', '§zone: Mars/Olympus,    from'],
  ],
  ['an unknown party', 'unknown-name', 'no party orbit', ['party: orbis,', '§party: orbit,']],
  [
    'an unknown jurisdiction',
    'unknown-name',
    'no jurisdiction FR',
    ['AU: legal-au', '§FR: legal-au'],
  ],
  ['an unknown regulator', 'unknown-name', 'no regulator sek', ['sec: P4BD', '§sek: P4BD']],
  [
    'a party that owes and is not there',
    'unknown-name',
    'no party nordlake',
    ['party: { msp-pay: northlake }', 'party: { §msp-pay: nordlake }'],
  ],
  ['a path to nowhere', 'unknown-name', 'no path cisco', ['path: [ciso, coo]', '§path: [cisco]']],
  [
    'an unknown role',
    'unknown-name',
    'no role decides',
    ['[contain.decide, communicate.decide]', '[contain.decide, §communicate.decides]'],
  ],
  [
    'an unknown way to answer',
    'unknown-name',
    'no way to answer fax-pin',
    ['voice-pin]', '§fax-pin]'],
  ],
  ['a right twice', 'repeated', 'rights has restore twice', ['- id: publish', '- §id: restore']],
  [
    'a mandate twice',
    'repeated',
    'has ci-token-leak twice',
    ['id: agent-unsafe-action', '§id: ci-token-leak'],
  ],
  [
    'a key twice',
    'repeated',
    'per stands here twice',
    ['limit: 25, per: PT1H', 'limit: 25, per: PT1H, §per: PT1H'],
  ],
  [
    'a seat twice on a ladder',
    'repeated',
    'coo is on this ladder twice',
    ['{ seat: general-counsel, decide: PT4H', '{ §seat: coo, decide: PT4H'],
  ],
];

const RIGHTS: readonly Broken[] = [
  [
    'an overlap',
    'overlap',
    'contain.sev1 and contain.ics both answer one case (contain: severity sev1, an identity of class ics)',
    [
      'overrides: [contain.default, contain.sev1]\n    when',
      'overrides: [contain.default]\n    when',
    ],
    ['- id: contain.ics', '- §id: contain.ics'],
  ],
  [
    'overrides in a circle',
    'cycle',
    'contain.default > contain.sev1 > contain.default',
    ['decision: contain     ', '§overrides: [contain.sev1]\n    decision: contain     '],
  ],
  [
    'itself overridden',
    'cycle',
    'contain.sev1 > contain.sev1',
    ['overrides: [contain.default]  ', '§overrides: [contain.default, contain.sev1]  '],
  ],
  [
    'orElse in a circle',
    'cycle',
    'platform-lead > service-owner > platform-lead',
    [
      'platform-lead:   { roster: platform-oncall }',
      'platform-lead:   { from: inventory.owner.technical, §orElse: service-owner }',
    ],
  ],
  [
    'nothing to override',
    'impossible',
    'decide nothing in common',
    ['  - id: revoke\n', '  - id: revoke\n    overrides: [§contain.default]\n'],
  ],
  [
    'cases that never meet',
    'impossible',
    'no case matches both',
    [MSP, '    overrides: [contain.default, §contain.sev1, contain.ics]\n'],
    ['{ class: msp-pay }', '{ class: msp-pay, severity: [sev3] }'],
  ],
  [
    'a default that revokes',
    'irreversible',
    'is reversible; revoke is not',
    [
      '{ stage: isolate, after: last-rung, meanwhile: { stage: restrict, after: PT5M } }',
      '{ §stage: revoke, after: last-rung }',
    ],
  ],
  [
    'a default that restores',
    'irreversible',
    'restore has no acting default',
    ['{ keep: current-stage, repage: PT30M }', '{ §stage: restrict }'],
  ],
  [
    'a default that publishes',
    'irreversible',
    'communicate has no acting default',
    ['{ keep: silent, repage: PT15M }', '{ §stage: isolate, repage: PT15M }'],
  ],
  [
    'a default that notifies',
    'irreversible',
    'notify has no acting default',
    ['prepare: draft, repage: PT1H', '§stage: restrict, repage: PT1H'],
  ],
  [
    'an acting default that is inherited',
    'irreversible',
    'contain, revoke has no acting default',
    ['  - id: contain.sev1\n', '  - §id: contain.sev1\n    decision: [contain, revoke]\n'],
    [
      '    atDeadline: { stage: isolate, after: last-rung, meanwhile: { stage: restrict, after: PT0S } }\n',
      '',
    ],
  ],
  [
    'a silent deadline',
    'incomplete',
    'does not say what happens',
    ['atDeadline: { keep: silent, repage: PT1H }', '§atDeadline: { repage: PT1H }'],
  ],
  [
    'nobody paged again',
    'incomplete',
    'nobody is paged again',
    [REVOKE_DEADLINE, '§atDeadline: { keep: current-stage }\n  - id: restore'],
  ],
  [
    'a stronger stage meanwhile',
    'contradiction',
    'meanwhile is stronger',
    ['meanwhile: { stage: restrict, after: PT5M }', 'meanwhile: { §stage: suspend, after: PT5M }'],
  ],
  [
    'a default without its approval',
    'contradiction',
    'beyond what may happen without approval',
    [
      'atDeadline: { stage: restrict, after: PT5M }',
      'atDeadline: { §stage: isolate, after: PT5M }',
    ],
  ],
  [
    'no ladder',
    'incomplete',
    'right evidence has no decide',
    [
      '    decide: [ { seat: ir-lead, decide: PT2M }, { seat: platform-lead, decide: PT2M, lastResort: true } ]\n',
      '',
    ],
    ['- id: evidence', '- §id: evidence'],
  ],
  [
    'a decision of nobody',
    'nobody',
    'nobody has the right to end-exercise',
    ['[resume, end-exercise]', '[resume]'],
    ['\nrights:', '\n§rights:'],
  ],
  [
    'an approver who is the decider',
    'impossible',
    'when ciso decides, nobody else',
    [REVOKE_APPROVE, '§approve: { count: 1, from: [ciso], distinctFrom'],
  ],
  [
    'more approvals than seats',
    'impossible',
    '3 approvals cannot come from 2',
    [REVOKE_APPROVE, '§approve: { count: 3, from: [ir-lead, platform-lead], distinctFrom'],
  ],
  [
    'approval for what needs none',
    'contradiction',
    'a stage that needs none',
    [
      'maxStageWithoutApproval: restrict\n    atDeadline: { stage: restrict',
      'maxStageWithoutApproval: suspend\n    atDeadline: { stage: restrict',
    ],
    ['approve: { from: [service-owner, coo]', '§approve: { from: [service-owner, coo]'],
  ],
  [
    'more than the whole clock',
    'impossible',
    '180% of clock is no share',
    ['decide: "80% of clock"', '§decide: "180% of clock"'],
  ],
  [
    'shares that shrink',
    'impossible',
    'ends when or before',
    ['decide: "80% of clock"', '§decide: "40% of clock"'],
  ],
  [
    'a share without a clock',
    'incomplete',
    'this right has no clock',
    ['{ seat: coo, decide: PT15M }', '{ seat: coo, §decide: "50% of clock" }'],
  ],
  [
    'a late acknowledgement',
    'contradiction',
    'later than the decision',
    ['acknowledge: PT2M, decide: PT3M, lastResort', '§acknowledge: PT4M, decide: PT3M, lastResort'],
  ],
  [
    'a rung below the last resort',
    'impossible',
    'never reached',
    ['{ seat: coo, decide: PT4H }', '{ seat: coo, decide: PT4H, §lastResort: true }'],
  ],
  [
    'a shared notification',
    'contradiction',
    'handed off exclusively',
    ['    forEach: jurisdiction ', '    §hand-off: cumulative\n    forEach: jurisdiction '],
  ],
  [
    'a foreign decider',
    'contradiction',
    'belongs to orbis',
    [
      '{ seat: soc-deputy, acknowledge: PT2M, decide: PT3M, lastResort',
      '{ §seat: orbis-duty, acknowledge: PT2M, decide: PT3M, lastResort',
    ],
  ],
  [
    'silence without an answer',
    'incomplete',
    'no own-side-cut',
    ['    own-side-cut: { stage: isolate, where: [gateway-deny, revoke-federation-trust] }', ''],
    ['onSilence: own-side-cut', '§onSilence: own-side-cut'],
  ],
  [
    'a silence that revokes',
    'irreversible',
    'somebody is silent',
    ['own-side-cut: { stage: isolate', 'own-side-cut: { §stage: revoke'],
  ],
  [
    'business days of two calendars',
    'calendar',
    'two calendars: DE and US',
    ['regulators: [bsi, dpa-de]', 'regulators: [bsi, dpa-de, sec]'],
    ['sec: P4BD', '§sec: P4BD'],
  ],
];

const MANDATES: readonly Broken[] = [
  [
    'a mandate that revokes',
    'irreversible',
    'only after an uncontested window',
    ['upTo: suspend', '§upTo: revoke'],
  ],
  [
    'a mandate without a fuse',
    'unbounded',
    'needs the fuses',
    [
      '  same-source:      { limit: 5,  per: PT10M, scope: signal-source, blown: quarantine-source }\n',
      '',
    ],
    ['- id: ci-token-leak\n    mode', '- id: ci-token-leak\n    §mode'],
  ],
  [
    'a mandate that trusts anybody',
    'unbounded',
    'what anybody can send',
    [
      'authenticity: signed, confidence: ">= strong", sources: 1',
      '§authenticity: unauthenticated, confidence: ">= strong", sources: 1',
    ],
  ],
  [
    'a mandate that is over',
    'impossible',
    'has ended before',
    ['until: 2027-06-30T00:00:00Z', '§until: 2026-06-30T00:00:00Z'],
  ],
  [
    'a mandate widened to less',
    'contradiction',
    'no stronger stage',
    ['widen: { to: isolate', 'widen: { §to: restrict'],
  ],
  [
    'a window without time',
    'irreversible',
    'a window without time',
    ['window: PT15M', '§window: PT0S'],
  ],
  [
    'a fall to something stronger',
    'contradiction',
    'falls back to a stronger',
    ['upTo: suspend', 'upTo: step-up'],
    ['downTo: restrict', '§downTo: restrict'],
  ],
  [
    'descendants too deep',
    'unbounded',
    'at most isolate',
    ['upTo: isolate, limit: 20', '§upTo: suspend, limit: 20'],
  ],
  [
    'descendants without number',
    'unbounded',
    'more than 20 descendants',
    ['limit: 20 }', '§limit: 500 }'],
  ],
  ['a quorum of nobody', 'impossible', 'a quorum of 5', ['quorum: 2, from', '§quorum: 5, from']],
  [
    'a quorum of one',
    'unbounded',
    'by one person is no quorum',
    ['quorum: 2, from', '§quorum: 1, from'],
  ],
  [
    'more signatures than signers',
    'impossible',
    'a quorum of 4 cannot come from 3',
    ['count: 2, distinct: [person, m', '§count: 4, distinct: [person, m'],
  ],
  [
    'protected by neither',
    'contradiction',
    'names an identity or a class',
    ['{ class: ics, max: restrict', '§{ max: restrict'],
  ],
  [
    'separation of one',
    'repeated',
    'the same act twice',
    [
      'never-same-person: [contain.decide, restore.decide]',
      '§never-same-person: [contain.decide, contain.decide]',
    ],
  ],
  [
    'separation of whom',
    'incomplete',
    'never needs when',
    [', when: person-is-suspect-or-suspect-owner }', ' }'],
    ['{ never: [decide', '§{ never: [decide'],
  ],
  [
    'a channel on nothing',
    'incomplete',
    'sms depends on nothing',
    ['{ latency-p99: PT60S, depends: [pstn] }', '{ latency-p99: PT60S, §depends: [] }'],
  ],
  [
    'a contract that is over',
    'impossible',
    'the contract has ended',
    ['until: 2027-03-31T22:00:00Z', '§until: 2026-03-31T22:00:00Z'],
  ],
  [
    'a provider without a contract',
    'incomplete',
    'what orbis may do',
    [
      'orbis:     { kind: msp, contract: { until: 2027-03-31T22:00:00Z, mayExecute: [payments-prod], mayDecide: [] } }',
      '§orbis:     { kind: msp }',
    ],
  ],
  [
    'a class of everything',
    'unbounded',
    'class agent matches everything',
    ['agent:   { match: { kind: ai-agent } }', '§agent:   { match: {} }'],
  ],
  [
    'a threshold upside down',
    'contradiction',
    'lies above the ceiling',
    ['\nchannels:', '\nthreshold: { §floor: 0.9, ceiling: 0.2 }\nchannels:'],
  ],
];

const TEXT: readonly Broken[] = [
  ['a tab', 'yaml', 'Tabs are not allowed', ['  severity: highest', '§\tseverity: highest']],
  ['a bracket left open', 'yaml', 'Flow', ['mayDecide: []', 'mayDecide: [']],
  ['an anchor', 'yaml', 'anchors and aliases', ['{ roster: gc }', '&gc §{ roster: gc }']],
  ['an alias', 'yaml', 'anchors and aliases', ['{ roster: gc }', '§*gc']],
  ['a tag', 'yaml', 'Unresolved tag', ['revision: 7', 'revision: §!large 7']],
  ['two documents', 'yaml', 'multiple documents', ['\nparties:', '\n§---\nparties:']],
  ['a list as a name', 'yaml', 'not one plain word', ['\nparties:', '\n? §[a, b]\n: 1\nparties:']],
  ['a control character', 'encoding', 'not text in UTF-8', ['revision: 7', 'revision: §\u00077']],
  ['another encoding', 'encoding', 'not text in UTF-8', ['# charter.yaml', '§\uFFFD\uFFFDcharter']],
];

interface Made {
  readonly text: string;
  readonly line: number | null;
  readonly column: number | null;
}

function make(edits: readonly Edit[]): Made {
  let text = northlakeText;
  for (const [from, to] of edits) {
    expect(text.replaceAll('§', '')).toContain(from);
    text = text.replace(from, to);
  }
  const before = text.split('§');
  if (before.length === 1) return { text, line: null, column: null };
  const lines = (before[0] ?? '').split('\n');
  return { text: before.join(''), line: lines.length, column: (lines.at(-1) ?? '').length + 1 };
}

function problemsOf(text: string): readonly CharterProblem[] {
  const check = checkCharter(text);
  return check.ok ? [] : check.problems;
}

describe('a broken charter', () => {
  const rows = [...FORM, ...NAMES, ...RIGHTS, ...MANDATES, ...TEXT];

  it('is tried in many ways', () => {
    expect(rows.length).toBeGreaterThan(60);
    expect(new Set(rows.map(([name]) => name)).size).toBe(rows.length);
  });

  const cases = rows.map(([name, code, words, ...edits]) => ({ name, code, words, edits }));
  it.each(cases)('is refused for $name, where it stands', ({ code, words, edits }) => {
    const { text, line, column } = make(edits);
    const problems = problemsOf(text);
    const shown = problems.map(
      (one) => `${one.line}:${one.column} ${one.code} ${one.path}: ${one.problem}`,
    );
    const found = problems.find((one) => one.code === code && one.problem.includes(words));
    expect(found, shown.join('\n')).toBeDefined();
    expect(found?.remedy).not.toBe('');
    if (line === null) return;
    expect([found?.line, found?.column], shown.join('\n')).toEqual([line, column]);
  });
});

/** As many rules as a file may hold, each naming every other one. */
function circleOfRights(count: number): string {
  const ids = Array.from({ length: count }, (_, index) => `r${index}`);
  const rights = ids.map((id, index) => {
    const others = Array.from({ length: 60 }, (_, step) => ids[(index + step + 1) % count] ?? '');
    return `  - { id: ${id}, overrides: [${others.join(', ')}], decision: contain }`;
  });
  return northlakeText.replace('\nrights:\n', `\nrights:\n${rights.join('\n')}\n`);
}

function manyPeople(count: number): string {
  const people = Array.from({ length: count }, (_, index) => `  p${index}: { name: P }`);
  return `roster: big\nformat: 1\nrevision: 1\npeople:\n${people.join('\n')}\nrosters: {}\n`;
}

const REPEATED = Array.from({ length: 30_000 }, (_, index) => `k${index}: 1`).join('\n');

describe('a file that wants to keep the reader busy', () => {
  it.each<readonly [name: string, text: string, code: ProblemCode, line: number]>([
    ['of ten megabytes', `charter: ${'x'.repeat(10_000_000)}`, 'size', 1],
    ['of brackets', '['.repeat(1_000_000), 'size', 1],
    ['of braces, further down', `charter: x\nseats: ${'{a: '.repeat(10_000)}`, 'size', 2],
    ['of dashes', '- '.repeat(20_000), 'size', 1],
    ['of questions', '? '.repeat(20_000), 'size', 1],
    ['of aliases', 'a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\nd: [*c,*c]', 'yaml', 1],
    ['of unknown names', REPEATED, 'unknown-key', 1],
    ['of rights in circles', circleOfRights(980), 'cycle', 46],
    ['of more rights than are read', circleOfRights(1_001), 'size', 45],
    ['without anything', '', 'yaml', 1],
    ['of nulls', '\0'.repeat(100_000), 'encoding', 1],
  ])('%s is refused', (_name, text, code, line) => {
    const problems = problemsOf(text);
    const shown = problems.slice(0, 5).map((one) => `${one.line} ${one.code} ${one.problem}`);
    expect(
      problems.some((one) => one.code === code && one.line === line),
      shown.join('\n'),
    ).toBe(true);
    expect(problems.length).toBeLessThan(202);
  });

  it('of more than 100,000 people is refused', () => {
    const check = checkRoster(manyPeople(100_001));
    expect(check.ok ? [] : check.problems.map(({ code }) => code)).toEqual(['size']);
  });

  it('is told how many problems are not shown', () => {
    expect(problemsOf(REPEATED).at(-1)?.problem).toMatch(/^and \d+ more problems$/u);
  });
});
