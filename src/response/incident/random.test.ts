import fc from 'fast-check';
import { expect, it } from 'vitest';
import { digestOf, isFirebreakError, present, toTimestamp } from '../../kernel/index.ts';
import type { AuthorityResolution } from '../../authority/index.ts';
import type { CutEvent } from '../containment/decide.ts';
import type { CutStatus } from '../containment/model.ts';
import { outsideTable } from '../containment/spec.ts';
import { mayClaim } from '../spec.ts';
import { saysOf } from '../decisions/spec.ts';
import { CUT_STEPS } from './effects.ts';
import type { IncidentEntry } from './entries.ts';
import {
  ALLOWED,
  APPLIED,
  asker,
  DENIED,
  Driver,
  IDENTITY,
  INCIDENT,
  KEY,
  liveOf,
  offers,
  OTHER_KEY,
  PREPARED,
  PROPAGATION_MS,
  resolution,
  SETTINGS,
  SILENT,
} from './fixtures.testing.ts';
import { foldAll } from './fold.ts';
import type { IncidentState } from './model.ts';
import { standingOf } from './standing.ts';

const CUT_EVENTS: readonly CutEvent[] = [
  { type: 'evidence', captured: [], missed: [] },
  { type: 'fuse-burnt' },
  PREPARED,
  PREPARED,
  { ...PREPARED, stillAutomatic: false },
  { ...PREPARED, inverse: null },
  APPLIED,
  APPLIED,
  {
    type: 'applied',
    applied: { state: 'partial', raw: {}, done: [], notDone: ['session-2'], unknown: [] },
  },
  ...[DENIED, DENIED, DENIED, ALLOWED, SILENT, { ...DENIED, control: 'fails' as const }].map(
    (probed) => ({ type: 'probed' as const, probed }),
  ),
  { type: 'probed', probed: { ...DENIED, expected: false }, isGone: true, undoneBy: 'mallory' },
  ...CUT_STEPS.map((step) => ({ type: 'blocked' as const, step, reason: 'no right' })),
];

/** `charter` is what authority says as soon as somebody vouches for what was said. */
type Step = (driver: Driver, pick: number, charter: AuthorityResolution) => void;
type Said = NonNullable<Parameters<Driver['say']>[0]>;

function say(driver: Driver, said: Said, charter: AuthorityResolution): void {
  const before = driver.state?.signals ?? [];
  const vouched = [...before, { type: 'credential-exposed', ...said }].some(
    (one) => one.type !== 'all-clear' && one.authenticity !== 'unauthenticated',
  );
  driver.say({ ...said, resolution: vouched ? charter : { ...charter, automaticUpTo: null } });
}

const CAPABILITIES = [
  offers(['G1', 'G2', 'G3', 'G4', 'G5']),
  offers(['G2', 'G4', 'G5'], 'identity'),
  offers(['G2']),
  offers(['G2', 'G4'], 'credential', { residual: { forMs: 20_000, why: 'tokens' } }),
];
const RUNG = { channels: [], why: '', skipped: [], lastResort: false };
/** Two rungs, a stage that holds meanwhile, advisers, and an approval beside the decision. */
const LADDER: Partial<AuthorityResolution> = {
  automaticUpTo: null,
  ladder: [
    {
      ...RUNG,
      seat: 'ir-lead',
      people: ['ira'],
      warmAfterMs: 0,
      opensAfterMs: 0,
      acknowledgeByMs: 5_000,
      decideByMs: 30_000,
    },
    {
      ...RUNG,
      seat: 'backup',
      people: ['ben'],
      warmAfterMs: 2_000,
      opensAfterMs: 5_000,
      acknowledgeByMs: 10_000,
      decideByMs: 35_000,
    },
  ],
  meanwhile: { guarantee: 'G2', afterMs: 1_000 },
  atDeadline: { guarantee: 'G4', afterMs: 60_000 },
  advise: { holders: [{ seat: 'owner', person: 'mia' }], withinMs: 10_000, silence: 'escalate' },
};
const RESOLUTIONS = [
  resolution(LADDER),
  resolution({
    ...LADDER,
    approve: { count: 1, holders: [{ seat: 'coo', person: 'mia' }], distinctFromDecider: true },
    quorum: 2,
  }),
  resolution({}, 5_000),
  resolution({ profile: 'hard-stop' }),
  resolution({ profile: 'restrict-only', atDeadline: { guarantee: 'G4', afterMs: 60_000 } }),
  resolution({ automaticUpTo: 'G2', atDeadline: { guarantee: 'G2', afterMs: 60_000 } }),
  resolution({ automaticUpTo: null }),
];

function pickOf<Item>(items: readonly Item[], pick: number): Item {
  return present(items[pick % items.length], 'there is something to pick from');
}

function onCut(driver: Driver, pick: number, event: CutEvent): void {
  const { cuts } = driver.now;
  if (cuts.length > 0) driver.event(pickOf(cuts, pick), event);
}

/** What would come next if all went well: else no sequence gets far. */
const GOES_WELL: Readonly<Partial<Record<CutStatus, CutEvent>>> = {
  'holding-evidence': { type: 'fuse-burnt' },
  recorded: PREPARED,
  applying: APPLIED,
  applied: { type: 'probed', probed: DENIED },
  proving: { type: 'probed', probed: DENIED },
  residual: { type: 'probed', probed: DENIED },
  unproven: { type: 'probed', probed: DENIED },
};

function goOn(driver: Driver, pick: number): void {
  const moving = driver.now.cuts.filter((cut) => GOES_WELL[cut.status] !== undefined);
  if (moving.length === 0) return;
  const cut = pickOf(moving, pick);
  const event = GOES_WELL[cut.status] ?? APPLIED;
  const isFinal = event.type === 'prepared' && !cut.capability.reversible;
  driver.after(2_000).event(cut, isFinal ? { ...event, inverse: null } : event);
}

function giveOn(driver: Driver): void {
  const cut = driver.now.cuts.find((one) => one.status === 'reverting');
  if (cut?.restore == null) return;
  const { revertedAtMs, rearmCredential } = cut.restore;
  const probed = rearmCredential ? ALLOWED : DENIED;
  if (revertedAtMs !== null)
    driver.after(PROPAGATION_MS).restoring(cut, { type: 'restore-probed', probed });
  else driver.restoring(cut, { type: 'reverted', reverted: { state: 'done', raw: {} } });
}

const STEPS: readonly Step[] = [
  ...Array.from({ length: 24 }, () => goOn),
  ...Array.from({ length: 10 }, () => giveOn),
  (driver, _pick, charter) => {
    say(driver, { type: 'all-clear', source: 'owner-desk', credential: null }, charter);
  },
  ...CUT_EVENTS.map<Step>((event) => (driver, pick) => {
    onCut(driver, pick, event);
  }),
  ...[APPLIED, PREPARED].map<Step>((event) => (driver, pick) => {
    onCut(driver, pick, event);
  }),
  (driver, pick) => void driver.after(pickOf([1_000, PROPAGATION_MS, 30_000], pick)),
  (driver, pick) => void driver.after(pickOf([1_000, PROPAGATION_MS, 30_000], pick)),
  (driver, pick, charter) => {
    const said: Said = {
      type: pickOf(['credential-exposed', 'credential-misuse', 'all-clear'] as const, pick),
      source: pickOf(['scanner', 'siem', 'form', 'owner-desk'], pick >> 2),
      authenticity: pickOf(['signed', 'bearer', 'unauthenticated'] as const, pick >> 4),
      credential: [KEY, OTHER_KEY, null][(pick >> 6) % 3] ?? null,
    };
    say(driver, said, charter);
  },
  (driver, pick) => {
    const window = pickOf(['W1', 'W2'] as const, pick);
    driver.after(30_000).do({ type: 'window-end', identity: IDENTITY, window });
  },
  (driver, pick) => {
    const found = {
      credential: `minted-${pick % 5}`,
      identity: 'ci-deploy',
      kind: 'api-key',
      issuedAt: toTimestamp(driver.nowMs),
      expiresAt: null,
      lastUsedAt: null,
      enabled: true,
      mintedBy: null,
      scopes: [],
    };
    const credentials = pick % 3 === 0 ? [found] : [];
    driver.do({ type: 'watched', identity: IDENTITY, credentials, everyMs: 2_000 });
  },
  (driver, pick, charter) => {
    const open = driver.now.decisions.filter((one) => one.state === 'open');
    if (open.length > 0) driver.deadline(pickOf(open, pick).id, liveOf(charter));
  },
  (driver, pick) => {
    if (!driver.now.decisions.some((one) => one.state === 'open')) return;
    const person = pickOf(['ira', 'mia', 'ben'], pick);
    driver.answer(pick % 4 === 0 ? 'reject' : 'approve', person, pick % 5 !== 0);
  },
  (driver, pick) => {
    if (!driver.now.decisions.some((one) => one.state === 'open')) return;
    const outcome = pickOf(['acknowledge', 'hand-over', 'advise'] as const, pick);
    driver.answer(outcome, pickOf(['ira', 'mia', 'ben'], pick >> 2), pick % 5 !== 0);
  },
  (driver, pick, charter) => {
    const open = driver.now.decisions.filter((one) => one.state === 'open');
    if (open.length === 0) return;
    const { id: decision, rungs } = pickOf(open, pick);
    const seat = rungs.at(-1)?.seat ?? 'nobody';
    driver.do({ type: 'nobody-reached', decision, seat, live: liveOf(charter) });
  },
  (driver, pick) => {
    driver.askRestore(pickOf(['false-alarm', 'resolved'] as const, pick), 'mia', pick % 3 > 0);
  },
  (driver, pick) => {
    const reverting = driver.now.cuts.filter((cut) => cut.status === 'reverting');
    if (reverting.length === 0) return;
    const reverted =
      pick % 7 === 0
        ? ({ state: 'conflict', before: 1, cut: 2, now: 3 } as const)
        : ({ state: 'done', raw: {} } as const);
    driver.restoring(pickOf(reverting, pick), { type: 'reverted', reverted });
  },
  (driver, pick) => {
    const reverting = driver.now.cuts.filter((cut) => cut.status === 'reverting');
    if (reverting.length === 0) return;
    const probed = pickOf([ALLOWED, DENIED, SILENT], pick);
    driver.restoring(pickOf(reverting, pick), { type: 'restore-probed', probed });
  },
  (driver, pick) => {
    if (driver.now.cuts.length === 0) return;
    const parameters = { containment: pickOf(driver.now.cuts, pick).id };
    const by = asker(pickOf(['ira', 'mia', 'ben'], pick >> 2));
    const what = 'let it work again';
    driver.do({
      type: 'ask-act',
      asked: { act: 'rearm', what, parameters, severity: 'sev1', reason: 'asked', by },
    });
  },
  (driver, pick, charter) => {
    if (driver.now.cuts.length === 0) return;
    const cut = pickOf(driver.now.cuts, pick).id;
    driver.do({ type: 'cut-time-over', cut, live: liveOf(charter) });
  },
];

const SENTENCES =
  /^(?:contained|contained with residual until \d\d:\d\d|not contained(?:: \d+ (?:unproven|pending|blocked)(?:, \d+ (?:unproven|pending|blocked)){0,2})?)$/u;
const HELD = new Set(['proven', 'irrevocable']);
const TRIED = new Set(['applied', 'proving', 'proven', 'residual', 'unproven', 'failed']);

function hold(condition: boolean, invariant: string): void {
  if (!condition) throw new Error(invariant);
}

function checkEntries(entries: readonly IncidentEntry[], before: IncidentState): void {
  for (const entry of entries) {
    if (entry.kind !== 'cut.reverting' || !entry.data.rearmCredential) continue;
    if (entry.data.isRearm === true) {
      const decision = before.decisions.find((one) => one.id === entry.data.decision);
      hold(decision?.needs.deciders === 2, 'one person let a leaked credential work again');
      continue;
    }
    const cut = before.cuts.find((one) => one.id === entry.data.cut);
    if (cut === undefined) continue;
    const leaks = before.subjects
      .flatMap((one) => one.credentials)
      .some(
        (key) =>
          key.exposed &&
          key.claimed !== true &&
          (cut.order.grain === 'identity' || key.id === cut.subject.credential),
      );
    hold(!leaks, 'a leaked credential is armed again');
  }
}

function checkState(driver: Driver): void {
  const state = driver.now;
  for (const decision of state.decisions) {
    const said = saysOf(driver.entries, decision.id);
    hold(said === decision.state, `decision is ${decision.state}, the entries say ${said}`);
  }
  hold(SENTENCES.test(standingOf(state).sentence), 'only three sentences are ever said');
  const vouched = state.signals.some(
    (one) => one.type !== 'all-clear' && one.authenticity !== 'unauthenticated',
  );
  for (const cut of state.cuts) {
    const claim = mayClaim(driver.entries, cut.id, SETTINGS.denialsWanted);
    const agrees = (claim === 'proven') === HELD.has(cut.status);
    hold(!TRIED.has(cut.status) || agrees, `it is ${cut.status}, the entries say ${claim}`);
    const { authority, capability, order } = cut;
    if (cut.attempts > 0) {
      hold(!capability.reversible || cut.inverse !== null, 'the inverse is on record');
      hold(claim !== 'nothing', 'nothing is applied without authority');
    }
    if (authority === null) continue;
    hold(authority.digest === digestOf({ verb: 'cut', order }), 'authority is for this order');
    hold(authority.by !== 'mandate' || vouched, 'somebody vouches for what acts by itself');
    hold(authority.by !== 'default' || capability.reversible, 'a default is reversible');
  }
}

const run = fc.record({
  target: fc.nat(CAPABILITIES.length - 1),
  charter: fc.nat(RESOLUTIONS.length - 1),
  authenticity: fc.constantFrom('signed' as const, 'unauthenticated' as const),
  credential: fc.constantFrom(KEY, null),
  steps: fc.array(fc.record({ step: fc.nat(STEPS.length - 1), pick: fc.nat(255) }), {
    minLength: 20,
    maxLength: 150,
    size: 'max',
  }),
});

it('agrees with the naive definition and with the fold of its entries on any sequence', () => {
  const seen = new Set<CutStatus>();
  fc.assert(
    fc.property(run, ({ steps, target, charter, ...first }) => {
      const driver = new Driver();
      const capabilities = pickOf(CAPABILITIES, target);
      const resolved = pickOf(RESOLUTIONS, charter);
      say(driver, { ...first, capabilities }, resolved);
      for (const { step, pick } of steps) {
        const before = driver.now;
        const count = driver.entries.length;
        try {
          pickOf(STEPS, step)(driver, pick, resolved);
        } catch (error) {
          // What a person got wrong is refused and leaves no trace; a mistake of ours is not to be caught.
          if (!isFirebreakError(error) || error.code === 'internal-invariant') throw error;
          hold(driver.now === before, 'a refusal changes nothing');
        }
        checkEntries(driver.entries.slice(count), before);
        checkState(driver);
        for (const cut of driver.now.cuts) seen.add(cut.status);
      }
      const throughJson: unknown = JSON.parse(JSON.stringify(driver.entries));
      // Entries are plain JSON: what comes back is what went in.
      const refolded = foldAll(throughJson as readonly IncidentEntry[], INCIDENT);
      expect(refolded).toEqual(driver.now);
      expect(refolded?.ordinal).toBe(driver.entries.length);
      expect(outsideTable(driver.entries, INCIDENT)).toEqual([]);
    }),
    { numRuns: 800 },
  );
  // Sequences that never get anywhere would agree on nothing.
  const hard: readonly CutStatus[] = ['proven', 'residual', 'failed', 'reverting', 'restored'];
  expect([...seen]).toEqual(expect.arrayContaining([...hard]));
});
