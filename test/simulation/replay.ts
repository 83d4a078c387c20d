import { toTimestamp } from '../../src/kernel/index.ts';
import type { IncidentEntry } from '../../src/response/incident/testing.ts';
import { standingOf } from '../../src/response/incident/testing.ts';
import type { Sabotage } from './sabotage.ts';
import { runIncident } from './simulate.ts';

/** The whole history of one incident, to be read from top to bottom. */
export function replayIncident(seed: number, sabotage: Sabotage | null = null): string {
  const run = runIncident(seed, { sabotage, keepNotes: true });
  const { capabilities, resolution, faults, ...scenario } = run.scenario;
  const offered = capabilities.guarantees.map((one) => `${one.guarantee}/${one.grain}`).join(' ');
  const head = [
    `seed ${seed}`,
    `scenario ${JSON.stringify(scenario)}`,
    `target ${offered}, propagation ${capabilities.guarantees[0]?.propagationMs ?? 0} ms, residual ${capabilities.guarantees[0]?.residual?.forMs ?? 0} ms, keys ${capabilities.honoursIdempotencyKeys ? 'honoured' : 'ignored'}`,
    `authority ${resolution.profile}, W1 ${resolution.windowW1Ms} ms, then ${JSON.stringify(resolution.then)}, at the deadline ${JSON.stringify(resolution.atDeadline)}`,
    `faults ${JSON.stringify(faults)}`,
    "entries by the servers' clock, notes (>) by true time:",
  ];
  const lines = [
    ...run.entries.map((entry, index) => ({ atMs: entry.atMs, index, text: entryText(entry) })),
    ...run.notes.map((note, index) => ({ atMs: note.atMs, index, text: `> ${note.text}` })),
  ].toSorted((a, b) => a.atMs - b.atMs);
  const end =
    run.state === null ? 'no incident' : `${run.state.status}: ${standingOf(run.state).sentence}`;
  return [
    ...head,
    ...lines.map(({ atMs, text }) => `${toTimestamp(atMs).slice(11, 23)} ${text}`),
    `end ${end}`,
    ...(run.state?.cuts ?? []).map(
      (cut) =>
        `cut ${cut.id.slice(-4)} ${cut.order.guarantee} ${cut.order.subject.credential ?? 'whole identity'} ${cut.status} ${cut.reason ?? ''}`,
    ),
    ...run.violations.map(({ promise, what }) => `VIOLATION of promise ${promise}: ${what}`),
  ].join('\n');
}

function entryText(entry: IncidentEntry): string {
  const data = JSON.stringify(entry.data, (key, value: unknown) =>
    ['resolution', 'capabilities', 'capability', 'holders', 'preImage'].includes(key)
      ? undefined
      : value,
  );
  return `${entry.kind} ${data.length > 260 ? `${data.slice(0, 260)}...` : data}`;
}
