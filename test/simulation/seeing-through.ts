import { isFirebreakError } from '../../src/kernel/index.ts';
import type { IncidentCommand, IncidentState } from '../../src/response/incident/testing.ts';
import type { People } from './people.ts';
import type { EventQueue } from './queue.ts';
import { HORIZON_MS } from './scenario.ts';
import type { Shell } from './shell.ts';

/** One neighbour at most is listed in the simulation. */
const ITEMS = ['store'];
const REASON = 'looked at it';

interface Parts {
  readonly queue: EventQueue;
  readonly shell: Shell;
  readonly people: People;
  readonly onMistake: (error: unknown, command: IncidentCommand) => void;
}

/** Somebody judges what was seen and takes over what stays, now and then. */
export function scheduleSeeingThrough(parts: Parts): void {
  for (let times = 1; times <= 4; times += 1)
    parts.queue.after(times * (HORIZON_MS / 5), () => {
      seeThrough(parts);
    });
}

function seeThrough({ shell, people, onMistake }: Parts): void {
  const node = shell.nodes.pick();
  if (node === null || shell.freshStateOn(node) === null) return;
  const by = { name: 'person:ira', person: 'ira', live: people.live('contain') };
  const identity = people.identity.id;
  const review = { identity, review: 'downstream', items: ITEMS, owns: ITEMS } as const;
  const judged = { ...review, as: 'benign', reason: REASON, incident: null, by } as const;
  const untilMs = shell.domainNowMs() + HORIZON_MS;
  const act = { type: 'take', keys: [], holder: 'ira', untilMs, reason: REASON } as const;
  const commands: readonly IncidentCommand[] = [
    { type: 'judge', judged },
    { type: 'long-tail', act },
  ];
  for (const command of commands) {
    try {
      shell.apply(node, command, 'person');
    } catch (error) {
      if (!isFirebreakError(error) || error.code === 'internal-invariant')
        onMistake(error, command);
    }
  }
}

/** A second definition, from the state alone: what was used has a verdict, and what stays has a holder. */
export function isSeenThrough({ aftermath }: IncidentState): boolean {
  return (
    aftermath.items.every((one) => one.trace !== 'used' || one.verdict !== null) &&
    aftermath.longTail.every((one) => one.holder !== null || one.ended !== null)
  );
}

/** A false alarm leaves nothing to be seen through. */
export function isClosedTooEarly(state: IncidentState | null): boolean {
  if (state?.status !== 'closed') return false;
  const given = state.decisions.findLast(
    (one) => one.action.verb === 'restore' && one.state === 'approved',
  )?.action;
  const isResolved = given?.verb === 'restore' && given.cause === 'resolved';
  return isResolved && !isSeenThrough(state);
}
