import type { DecisionKind } from '../../src/authority/index.ts';
import type { Id } from '../../src/kernel/index.ts';
import type {
  Asker,
  IncidentCommand,
  IncidentEntry,
  IncidentState,
  Live,
} from '../../src/response/incident/testing.ts';
import type { IdSource } from '../../src/kernel/index.ts';
import type { Chance } from './chance.ts';
import type { EventQueue } from './queue.ts';
import { type Scenario, TROUBLE_MS } from './scenario.ts';

/** How people say something: again later when nobody listens, and told what is refused. */
export type Say = (make: () => IncidentCommand | null, after?: () => void) => void;

export interface ActsParts {
  readonly scenario: Scenario;
  readonly queue: EventQueue;
  readonly chance: Chance;
  readonly ids: IdSource;
  readonly identity: Id<'identity'>;
  readonly say: Say;
  readonly asker: (person: string, kind: DecisionKind) => Asker;
  readonly live: (kind: DecisionKind) => Live;
  readonly state: () => IncidentState | null;
  /** From now on their word does not count. */
  readonly suspect: (person: string) => void;
  readonly askContainment: () => void;
  readonly statement: () => void;
  /** What somebody was told is done. */
  readonly onDone: (command: IncidentCommand) => void;
}

/** What people do beside answering: hold a window, let work again, mark a suspect, write tasks, keep evidence. */
export class Acts {
  readonly #parts: ActsParts;

  constructor(parts: ActsParts) {
    this.#parts = parts;
  }

  schedule(): void {
    const { scenario, chance, queue } = this.#parts;
    const { suspect } = scenario;
    if (suspect !== null) {
      queue.after(suspect.atMs, () => {
        this.#mark(suspect.person);
      });
    }
    const sometimes = (probability: number, upToMs: number, run: () => void): void => {
      if (chance.is(probability)) queue.after(chance.between(3_000, upToMs), run);
    };
    sometimes(0.15, TROUBLE_MS, () => {
      this.#writeTasks();
    });
    sometimes(0.15, 2 * TROUBLE_MS, () => {
      this.#legalHold();
    });
    sometimes(0.1, TROUBLE_MS, () => {
      this.#parts.askContainment();
    });
    sometimes(scenario.kind === 'leak' ? 0.3 : 0, 2 * TROUBLE_MS, () => {
      this.#askRearm();
    });
  }

  onCommitted(entries: readonly IncidentEntry[]): void {
    const { chance, queue } = this.#parts;
    for (const { kind, data } of entries) {
      if (kind === 'window.opened' && chance.is(0.15)) {
        queue.after(chance.between(500, 30_000), () => {
          this.#holdWindow();
        });
      }
      // Something new is seen in the middle of giving back.
      if (kind === 'incident.restoring' && chance.is(0.15)) {
        queue.after(chance.between(100, 8_000), () => {
          this.#parts.statement();
        });
      }
      if (kind === 'task.added' && chance.is(0.7)) this.#blockLater(data.task.id);
    }
  }

  #done(make: () => IncidentCommand | null): void {
    let made: IncidentCommand | null = null;
    this.#parts.say(
      () => (made = make()),
      () => {
        if (made !== null) this.#parts.onDone(made);
      },
    );
  }

  #holdWindow(): void {
    const { chance, asker, identity } = this.#parts;
    const person = chance.pick(['ira', 'ira', 'ben', 'mia', 'sam']);
    this.#done(() => ({
      type: 'hold',
      asked: { identity, reason: 'let me look first', by: asker(person, 'contain') },
    }));
  }

  /** In the store first, then in each open incident. */
  #mark(person: string): void {
    const { say, live, ids, state, suspect } = this.#parts;
    suspect(person);
    const by = ids.next('signal');
    say(() => {
      const open = state()?.decisions.filter((one) => one.state === 'open') ?? [];
      const now = new Map(open.map((one) => [String(one.id), live(one.kind)]));
      return { type: 'suspect-marked', suspect: { kind: 'person', name: person }, by, live: now };
    });
  }

  #askRearm(): void {
    const { chance, say, state, asker } = this.#parts;
    const person = chance.pick(['mia', 'ben', 'ira', 'sam']);
    say(() => {
      const [first, ...rest] =
        state()?.cuts.filter((cut) => cut.subject.leaked && cut.order.grain === 'credential') ?? [];
      if (first === undefined) return null;
      const parameters = { containment: chance.pick([first, ...rest]).id };
      const what = 'let it work again';
      const by = asker(person, 'rearm');
      return {
        type: 'ask-act',
        asked: { act: 'rearm', what, parameters, severity: 'sev2', reason: 'a mistake', by },
      };
    });
  }

  #writeTasks(): void {
    const { chance } = this.#parts;
    const track = chance.pick(['forensics', 'communications', 'business decisions'] as const);
    const owner = { seat: 'forensics', person: null };
    this.#done(() => ({
      type: 'task',
      act: { type: 'add', track, title: 'image the runner', owner, alternate: null },
    }));
  }

  /** It waits for something without an end; no cut may wait with it. */
  #blockLater(task: Id<'task'>): void {
    const { chance, queue } = this.#parts;
    queue.after(chance.between(100, 10_000), () => {
      this.#done(() => ({
        type: 'task',
        act: { type: 'block', task, by: 'outside counsel', untilMs: null },
      }));
    });
  }

  #legalHold(): void {
    const { chance, queue } = this.#parts;
    this.#done(() => ({ type: 'evidence', act: { type: 'hold', reason: 'a claim is likely' } }));
    if (!chance.is(0.4)) return;
    queue.after(chance.between(10_000, TROUBLE_MS), () => {
      this.#done(() => ({ type: 'evidence', act: { type: 'release', reason: 'it was settled' } }));
    });
  }
}
