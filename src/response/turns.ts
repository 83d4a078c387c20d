import { LIMITS } from '../kernel/index.ts';

interface Waiting<Work, Answer> {
  readonly work: Work;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

export interface TurnsParts<Work, Answer> {
  readonly alone: (id: string, work: Work) => Promise<Answer>;
  /** The first ones, as many as it likes; null = nothing was done, and each has to be tried alone. */
  readonly together: (id: string, works: readonly Work[]) => Promise<readonly Answer[] | null>;
}

/**
 * Work on one thing is done in the order in which it came, one after the other. What has come meanwhile is done
 * together: an incident of a thousand identities would else pay a commit for each of its steps.
 */
export class Turns<Work, Answer> {
  readonly #parts: TurnsParts<Work, Answer>;
  readonly #queues = new Map<string, Waiting<Work, Answer>[]>();

  constructor(parts: TurnsParts<Work, Answer>) {
    this.#parts = parts;
  }

  take(id: string, work: Work): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const queue = this.#queues.get(id);
      if (queue !== undefined) {
        queue.push({ work, resolve, reject });
        return;
      }
      this.#queues.set(id, [{ work, resolve, reject }]);
      // What comes in the same turn of the event loop is part of the first group.
      queueMicrotask(() => void this.#run(id));
    });
  }

  async #run(id: string): Promise<void> {
    for (;;) {
      const group = this.#queues.get(id)?.splice(0, LIMITS.incidentCommandsMax) ?? [];
      if (group.length === 0) {
        this.#queues.delete(id);
        return;
      }
      await this.#settle(id, group);
    }
  }

  async #settle(id: string, group: readonly Waiting<Work, Answer>[]): Promise<void> {
    if (group.length > 1 && (await this.#settleTogether(id, group))) return;
    for (const { work, resolve, reject } of group) {
      try {
        resolve(await this.#parts.alone(id, work));
      } catch (error) {
        reject(error);
      }
    }
  }

  async #settleTogether(id: string, group: readonly Waiting<Work, Answer>[]): Promise<boolean> {
    try {
      const works = group.map(({ work }) => work);
      const answers = await this.#parts.together(id, works);
      if (answers === null) return false;
      for (const [place, answer] of answers.entries()) group[place]?.resolve(answer);
      this.#queues.get(id)?.unshift(...group.slice(answers.length));
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
    return true;
  }
}
