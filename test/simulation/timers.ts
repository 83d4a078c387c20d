import type { Id } from '../../src/kernel/index.ts';
import type {
  CutEvent,
  EvidenceRef,
  IncidentCommand,
  IncidentDecision,
  Live,
} from '../../src/response/incident/testing.ts';
import type { Step } from '../../src/runner/index.ts';
import type { Chance } from './chance.ts';
import type { Network } from './network.ts';
import type { Node } from './node.ts';
import type { Sabotage } from './sabotage.ts';
import { IDENTITY_REF } from './scenario.ts';
import { cutOf, type Done, type Shell } from './shell.ts';
import type { Target } from './target.ts';

export interface TimersParts {
  readonly shell: Shell;
  readonly network: Network;
  readonly target: Target;
  readonly chance: Chance;
  readonly sabotage: Sabotage | null;
  /** The evidence that is kept. */
  readonly shelf: () => readonly EvidenceRef[];
  readonly consider: (step: Step) => IncidentCommand | null;
  readonly live: (kind: IncidentDecision['kind']) => Live;
}

interface Payload {
  readonly identity: Id<'identity'>;
  readonly decision: Id<'decision'>;
  readonly window: 'W1' | 'W2';
  readonly everyMs: number;
  readonly dueAtMs: number;
  readonly seat: string;
}

export const LATE: Done = { performed: { type: 'done', result: {} }, command: null };

export function done(command: IncidentCommand): Done {
  return { performed: { type: 'done', result: {} }, command };
}

export function cutDone(cut: Id<'cut'>, event: CutEvent): Done {
  return done({ type: 'cut', cut, event });
}

/** The planted bug: its time is over, so it is given back. */
function reopen(parts: TimersParts, node: Node, step: Step): void {
  const cut = parts.shell.freshStateOn(node)?.cuts.find((one) => one.id === cutOf(step));
  if (cut?.preImage == null || cut.inverse === null) return;
  const { preImage, inverse } = cut;
  const order = { ...cut.order, preImage, inverse, rearmCredential: true };
  parts.target.revert(order, step.key);
}

/** People are asked for as they are now; nothing is left to do about what is over. */
function lateOr(
  parts: TimersParts,
  node: Node,
  { decision: id }: { readonly decision: Id<'decision'> },
  commandOf: (live: Live) => IncidentCommand,
): Done {
  const state = parts.shell.freshStateOn(node);
  const decision = state?.decisions.find((one) => one.id === id);
  if (decision?.state !== 'open') return LATE;
  return done(commandOf(parts.live(decision.kind)));
}

/** Timers of the incident, signals to be considered, the watch: all that is not a step of one cut. */
export function performOther(
  parts: TimersParts,
  node: Node,
  step: Step,
  back: (result: Done) => void,
): void {
  // Written by the shell itself from an effect or a signal; each kind reads only its own members.
  const payload = step.payload as unknown as Payload;
  const { identity, window, decision, dueAtMs } = payload;
  switch (step.kind) {
    case 'signal.consider': {
      const command = parts.consider(step);
      back(command === null ? LATE : done(command));
      return;
    }
    case 'cut.evidence-fuse':
      back(cutDone(cutOf(step), { type: 'fuse-burnt' }));
      return;
    case 'review.look':
      back(done({ type: 'reviewed', identity, found: drawFound(parts.chance) }));
      return;
    case 'manual.due':
      back(done({ type: 'manual-due', decision }));
      return;
    case 'evidence.age':
      back(done({ type: 'evidence', act: { type: 'age', items: parts.shelf() } }));
      return;
    case 'cut.time-over':
      if (parts.sabotage === 'time-reopens') reopen(parts, node, step);
      back(done({ type: 'cut-time-over', cut: cutOf(step), live: parts.live('restore') }));
      return;
    case 'window.end':
      back(done({ type: 'window-end', identity, window }));
      return;
    case 'decision.deadline':
      back(lateOr(parts, node, payload, (live) => ({ type: 'deadline', decision, dueAtMs, live })));
      return;
    case 'decision.page':
      back(parts.chance.is(0.05) ? nobodyReached(parts, node, payload) : LATE);
      return;
    case 'subject.watch':
      watch(parts, node, payload, back);
      return;
    default:
      throw new Error(`no step of kind ${step.kind} in ${IDENTITY_REF}`);
  }
}

function nobodyReached(parts: TimersParts, node: Node, payload: Payload): Done {
  const { decision, seat } = payload;
  return lateOr(parts, node, payload, (live) => ({ type: 'nobody-reached', decision, seat, live }));
}

function watch(
  { shell, network, target }: TimersParts,
  node: Node,
  { identity, everyMs }: Payload,
  back: (result: Done) => void,
): void {
  if (shell.freshStateOn(node)?.status === 'closed') {
    back(LATE);
    return;
  }
  network.call(
    'read',
    () => target.discover(),
    (answer) => {
      const credentials = answer.type === 'answered' ? answer.value : [];
      back(done({ type: 'watched', identity, credentials, everyMs }));
    },
  );
}

/** What trusted it, now and then: a trace wants a verdict, what could not be looked at wants a holder. */
function drawFound(
  chance: Chance,
): Extract<IncidentCommand, { readonly type: 'reviewed' }>['found'] {
  const trace = chance.pick(['nothing-seen', 'used', 'not-available'] as const);
  const item = { review: 'downstream', id: 'store', kind: 'store', name: 'store' } as const;
  const facts = { target: null, owner: null, why: 'it reads it', seen: 'a log', rank: 1 };
  const items = chance.is(0.3) ? [{ ...item, ...facts, trace }] : [];
  return { items, missed: [], stays: [] };
}
