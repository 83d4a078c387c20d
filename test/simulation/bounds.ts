import type {
  IncidentCommand,
  IncidentDecided,
  IncidentDecision,
  IncidentEntry,
  IncidentState,
} from '../../src/response/incident/testing.ts';
import type { Signal } from '../../src/signals/index.ts';
import type { Fail } from './giving-back.ts';
import type { Scenario } from './scenario.ts';

export interface BoundsParts {
  readonly scenario: Scenario;
  readonly fail: Fail;
  readonly acknowledged: (signal: string) => Signal | undefined;
}

/** A calm incident: nothing stops the servers, and their clock is right. Then a fuse burns when it should. */
const LATE_MS_MAX = 5_000;

/** What bounds the machine and the people: holds, tracks, shadow, suspects, what was said, and what is kept to itself. */
export class Bounds {
  readonly #parts: BoundsParts;
  readonly #suspects = new Set<string>();
  readonly #heldWindows = new Set<string>();
  #isLegallyHeld = false;

  constructor(parts: BoundsParts) {
    this.#parts = parts;
  }

  /** From now on nobody may listen to them. */
  onSuspect(person: string): void {
    this.#suspects.add(person);
  }

  /** Somebody was told that their act is done. */
  onDone(command: IncidentCommand): void {
    if (command.type === 'hold') this.#heldWindows.add(command.asked.identity);
    if (command.type !== 'evidence') return;
    if (command.act.type === 'hold') this.#isLegallyHeld = true;
    if (command.act.type === 'release') this.#isLegallyHeld = false;
  }

  onCommitted(
    decided: IncidentDecided,
    entries: readonly IncidentEntry[],
    command: IncidentCommand,
  ): void {
    const { state, effects } = decided;
    for (const entry of entries) this.#onEntry(entry, entries, state);
    if (command.type === 'task') {
      const moved = effects.some((one) => one.type === 'cut-step' || one.type === 'restrict');
      if (moved || entries.some((one) => !one.kind.startsWith('task.')))
        this.#parts.fail('8', 'a task of a track moved a cut');
    }
    const deleted = effects.some((one) => one.type === 'delete-evidence');
    if (deleted && this.#isLegallyHeld)
      this.#parts.fail('7', 'evidence under legal hold was deleted');
    if (deleted && state.status !== 'closed')
      this.#parts.fail('7', 'evidence of an open incident was deleted');
  }

  #onEntry(entry: IncidentEntry, commit: readonly IncidentEntry[], state: IncidentState): void {
    const { scenario, fail } = this.#parts;
    switch (entry.kind) {
      case 'signal.attached':
        this.#onAttached(entry.data.signal, state);
        return;
      case 'incident.reopened':
        this.#heldWindows.clear();
        return;
      case 'window.closed': {
        const isHeld = this.#heldWindows.delete(entry.data.identity);
        const byItself = commit.some(
          (one) => one.kind === 'cut.authorised' && one.data.authority.by === 'mandate',
        );
        if (isHeld && entry.data.exit === 'lapse' && byItself)
          fail('6', 'a stage went on by itself although a person held it');
        return;
      }
      case 'cut.authorised':
        if (entry.data.authority.by === 'mandate' && scenario.shadow)
          fail('14', 'a mandate that is only watched has acted');
        return;
      case 'decision.supported':
        if (this.#suspects.has(entry.data.vote.person)) fail('2', 'a suspect was heard');
        return;
      case 'decision.decided': {
        const kind = state.decisions.find((one) => one.id === entry.data.decision)?.kind;
        const { by, outcome } = entry.data;
        // Containing answers of before stand, and may come to count later.
        if (this.#suspects.has(by) && (outcome === 'rejected' || kind !== 'contain'))
          fail('2', `a suspect decided: ${outcome}`);
        return;
      }
      default:
        return;
    }
  }

  /** What was acknowledged is what is on record, and speaks against giving back. */
  #onAttached(
    { id, type, authenticity }: IncidentState['signals'][number],
    { status }: IncidentState,
  ): void {
    const { fail, acknowledged } = this.#parts;
    const said = acknowledged(id);
    if (said !== undefined && said.authenticity !== authenticity)
      fail('1', 'what is on record is not what was acknowledged');
    const isVouched = authenticity !== 'unauthenticated' && type !== 'all-clear';
    if (isVouched && status === 'restoring') fail('3', 'a new signal did not stop the giving back');
  }

  atEnd(state: IncidentState, entries: readonly IncidentEntry[]): void {
    const { fail } = this.#parts;
    for (const one of state.decisions) {
      if (one.state === 'approved' && isLoosening(one) && this.#isVoiceOfSuspect(one))
        fail('2', `a suspect's answer stands: ${one.kind}`);
    }
    this.#fuses(entries);
  }

  #isVoiceOfSuspect({ votes, decidedBy }: IncidentDecision): boolean {
    const voices = [...votes.map((vote) => vote.person), decidedBy ?? ''];
    return voices.some((person) => this.#suspects.has(person));
  }

  /** Where nothing else is late, evidence holds a cut no longer than its fuse. */
  #fuses(entries: readonly IncidentEntry[]): void {
    const { scenario, fail } = this.#parts;
    if (scenario.nodeTroubles.length > 0 || scenario.clockJumps.length > 0) return;
    const until = new Map<string, number>();
    for (const { kind, data, atMs } of entries) {
      if (kind === 'cut.holding-evidence') until.set(data.cut, data.fuseUntilMs);
      if (kind !== 'cut.recorded') continue;
      const fuseUntilMs = until.get(data.cut);
      if (fuseUntilMs !== undefined && atMs > fuseUntilMs + LATE_MS_MAX)
        fail('8', 'evidence held a cut beyond its fuse');
    }
  }
}

function isLoosening({ kind }: IncidentDecision): boolean {
  return kind === 'restore' || kind === 'rearm';
}
