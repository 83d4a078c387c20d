import type { Probed } from '../../src/connectors/contract.ts';
import {
  digestOf,
  GUARANTEES,
  type Guarantee,
  type Id,
  isAtLeast,
} from '../../src/kernel/index.ts';
import type { Step } from '../../src/runner/index.ts';
import type {
  CutEvent,
  CutState,
  CutStep,
  IncidentState,
  RestoreEvent,
} from '../../src/response/incident/testing.ts';
import { CUT_STEPS, probeMeansOf, WANTED_IN } from '../../src/response/incident/testing.ts';
import type { Answer } from './network.ts';
import type { Node } from './node.ts';
import type { Sabotage } from './sabotage.ts';
import type { Scenario } from './scenario.ts';
import { cutOf, type Done, type StepCalls } from './shell.ts';
import { cutDone, done, LATE, performOther, type TimersParts } from './timers.ts';

/** What a probe really saw, whatever is said about it. */
export interface Seen {
  readonly cut: CutState['id'];
  /** Which of the probes it was. */
  readonly begunAtMs: number;
  readonly denied: boolean;
  readonly control: boolean;
}

export interface CallsParts extends TimersParts {
  readonly scenario: Scenario;
  /** Which credential a secret in custody opens. */
  readonly custody: ReadonlyMap<string, string>;
  readonly onSeen: (seen: Seen) => void;
}

const SILENT = { type: 'failed', reason: 'no answer', unknown: false } as const;

export function createCalls(parts: CallsParts): StepCalls {
  return {
    perform: (node, step, finish) => {
      const { incarnation } = node;
      const back = (result: Done): void => {
        parts.shell.nodes.run(node, incarnation, () => {
          finish(result);
        });
      };
      const kind = CUT_STEPS.find((one) => one === step.kind);
      if (kind === undefined) performOther(parts, node, step, back);
      else performCut(parts, node, step, kind, back);
    },
    readBack: (node, step, finish) => {
      const { incarnation } = node;
      const cut = wantedCut(parts, node, step, 'cut.apply');
      if (cut === null) {
        finish(LATE);
        return;
      }
      parts.network.call(
        'read',
        () => parts.target.readBack(cut.order),
        (answer) => {
          parts.shell.nodes.run(node, incarnation, () => {
            if (answer.type !== 'answered') finish({ performed: answer, command: null });
            else if (answer.value.state === 'absent') finish(null);
            else
              finish(cutDone(cut.id, { type: 'applied', applied: { state: 'already', raw: {} } }));
          });
        },
      );
    },
  };
}

function wantedCut(parts: CallsParts, node: Node, step: Step, kind: CutStep): CutState | null {
  const state = parts.shell.freshStateOn(node);
  const cut = state?.cuts.find((one) => one.id === cutOf(step));
  return cut !== undefined && WANTED_IN[kind].includes(cut.status) ? cut : null;
}

function restoreDone(cut: Id<'cut'>, event: RestoreEvent): Done {
  return done({ type: 'restore', cut, event });
}

function settle<Value>(
  back: (result: Done) => void,
  make: (value: Value) => Done,
): (answer: Answer<Value>) => void {
  return (answer) => {
    back(answer.type === 'answered' ? make(answer.value) : { performed: answer, command: null });
  };
}

function performCut(
  parts: CallsParts,
  node: Node,
  step: Step,
  kind: CutStep,
  back: (result: Done) => void,
): void {
  const { network, target, chance, scenario } = parts;
  const cut = wantedCut(parts, node, step, kind);
  if (cut === null) {
    back(LATE);
    return;
  }
  switch (kind) {
    case 'cut.capture-evidence': {
      if (scenario.evidenceHangs) {
        network.call(
          'read',
          () => null,
          () => {
            back({ performed: SILENT, command: null });
          },
        );
        return;
      }
      const captured = [{ name: 'sessions', sha256: digestOf('sessions') }];
      const event: CutEvent = { type: 'evidence', captured, missed: ['logs'] };
      network.call(
        'read',
        () => event,
        settle(back, (value) => cutDone(cut.id, value)),
      );
      return;
    }
    case 'cut.prepare':
      network.call(
        'read',
        () => target.prepare(cut.order),
        settle(back, (prepared) => {
          const stillAutomatic = !chance.is(scenario.fuseBlown);
          return cutDone(cut.id, { type: 'prepared', ...prepared, control: true, stillAutomatic });
        }),
      );
      return;
    case 'cut.apply': {
      const order = parts.sabotage === 'digest-not-bound' ? widened(cut.order) : cut.order;
      network.call(
        'effect',
        (partial) => target.apply(order, step.key, partial),
        settle(back, (applied) => cutDone(cut.id, { type: 'applied', applied })),
      );
      return;
    }
    case 'cut.probe':
      probe(parts, node, cut, (probed, atMs) => {
        back(cutDone(cut.id, { type: 'probed', probed, atMs }));
      });
      return;
    case 'cut.revert':
      revert(parts, cut, step.key, back);
      return;
    case 'cut.restore-probe':
      probe(parts, node, cut, (probed, atMs) => {
        back(restoreDone(cut.id, { type: 'restore-probed', probed, atMs }));
      });
      return;
  }
}

function widened(order: CutState['order']): CutState['order'] {
  return { ...order, subject: { identity: order.subject.identity }, grain: 'identity' };
}

function revert(parts: CallsParts, cut: CutState, key: string, back: (result: Done) => void): void {
  const { preImage, inverse, restore } = cut;
  if (preImage === null || inverse === null) {
    back({ performed: { type: 'refused', reason: 'no inverse is on record' }, command: null });
    return;
  }
  const rearmCredential = parts.sabotage === 'leaked-rearmed' || restore?.rearmCredential === true;
  const order = { ...cut.order, preImage, inverse, rearmCredential };
  const isConflict = parts.chance.is(0.01);
  parts.network.call(
    'effect',
    () =>
      isConflict
        ? ({ state: 'conflict', before: false, cut: true, now: 'else' } as const)
        : parts.target.revert(order, key),
    settle(back, (reverted) => restoreDone(cut.id, { type: 'reverted', reverted })),
  );
}

const CODES: Readonly<Record<Guarantee, string>> = {
  G1: 'step-up-required',
  G2: 'minting-denied',
  G3: 'quarantined',
  G4: 'suspended',
  G5: 'revoked',
};

const BY_HEARSAY: Probed = {
  observed: 'denied',
  error: 'hearsay',
  expected: true,
  control: 'works',
  vantage: 'outside',
  method: 'impersonation',
};

/** What is reported although nobody has tried anything. */
function plantedProbe(
  sabotage: Sabotage | null,
  state: IncidentState,
  cut: CutState,
): Probed | null {
  const isClaimed = state.manual.some((one) => one.status === 'claimed');
  const isHeld = cut.status !== 'reverting';
  if (sabotage === 'claim-counts-as-proof' && isClaimed && isHeld) return BY_HEARSAY;
  if (sabotage === 'restored-without-probe' && cut.status === 'reverting')
    return {
      ...BY_HEARSAY,
      observed: cut.restore?.rearmCredential === true ? 'allowed' : 'denied',
    };
  return null;
}

/** From outside, as the attacker would; in an outage everything is denied, which looks like success. */
function probe(
  parts: CallsParts,
  node: Node,
  cut: CutState,
  back: (probed: Probed, atMs: number) => void,
): void {
  const { network, target, chance, custody, shell } = parts;
  // A probe speaks for the instant at which it was begun.
  const begunAtMs = shell.domainNowMs();
  const { guarantee } = cut.order;
  const state = parts.shell.freshStateOn(node);
  if (state === null) return;
  const planted = plantedProbe(parts.sabotage, state, cut);
  if (planted !== null) {
    back(planted, begunAtMs);
    return;
  }
  const means = probeMeansOf(state, cut);
  const held = custody.get(means.custody ?? '');
  const bySecret = means.method === 'secret' && held !== undefined;
  const tried = bySecret ? held : (cut.order.subject.credential ?? null);
  const method = bySecret ? 'secret' : 'impersonation';
  const silent: Probed = {
    observed: 'no-answer',
    error: null,
    expected: false,
    control: 'fails',
    vantage: 'outside',
    method,
  };
  network.call(
    'probe',
    (): Probed => {
      const out = network.isOut();
      const verdict = target.judge(
        tried,
        guarantee === 'G1' || guarantee === 'G2' ? 'mint' : 'use',
      );
      parts.onSeen({
        cut: cut.id,
        begunAtMs,
        denied: !verdict.allowed,
        control: !out,
      });
      if (out && chance.is(0.3)) return silent;
      const control = out && parts.sabotage !== 'proof-without-control' ? 'fails' : 'works';
      if (out)
        return { ...silent, observed: 'denied', error: CODES[guarantee], expected: true, control };
      if (verdict.allowed) return { ...silent, observed: 'allowed', control };
      const expected = isAtLeast(GUARANTEES, verdict.by, guarantee);
      return { ...silent, observed: 'denied', error: CODES[verdict.by], expected, control };
    },
    (answer) => {
      back(answer.type === 'answered' ? answer.value : silent, begunAtMs);
    },
  );
}
