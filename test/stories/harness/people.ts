import type { Engine } from '../../../src/app/index.ts';
import type { DecisionKind } from '../../../src/authority/index.ts';
import type { JsonObject, StageName } from '../../../src/kernel/index.ts';
import type {
  AnswerOutcome,
  BatchAnswer,
  ContainmentAnswer,
  DecisionView,
  RestoreAnswer,
  RestoreCause,
} from '../../../src/response/index.ts';

/** Somebody of the roster: mia leads the response, jonas the platform, dana is the CISO, piet the COO. */
export interface Person {
  readonly approves: (decision: DecisionView, reason?: string) => Promise<DecisionView>;
  readonly rejects: (decision: DecisionView, reason?: string) => Promise<DecisionView>;
  /** Any of the answers that the door knows. */
  readonly answers: (
    decision: DecisionView,
    outcome: AnswerOutcome,
    channel?: string,
  ) => Promise<DecisionView>;
  /** Asks for an act that no cut carries out. */
  readonly asks: (kind: DecisionKind, parameters?: JsonObject) => Promise<DecisionView>;
  readonly contains: (ref: string, stage: StageName) => Promise<ContainmentAnswer>;
  /** Asks about all of them at once. */
  readonly containsAll: (refs: readonly string[], stage: StageName) => Promise<BatchAnswer>;
  readonly restores: (ref: string, cause: RestoreCause) => Promise<RestoreAnswer>;
}

export function personNamed(name: string, engine: () => Engine): Person {
  const actor = { name: `person:${name}`, person: name };
  const answers =
    (outcome: 'approve' | 'reject') =>
    async (decision: DecisionView, reason = 'I looked at it'): Promise<DecisionView> => {
      const { id, digest } = decision;
      return await engine().response.decide({ decision: id, outcome, reason, digest }, actor);
    };
  return {
    approves: answers('approve'),
    rejects: answers('reject'),
    answers: async ({ id, digest }, outcome, channel) => {
      const by = channel === undefined ? actor : { ...actor, channel };
      const reason = 'I looked at it';
      return await engine().response.decide({ decision: id, outcome, reason, digest }, by);
    },
    asks: async (kind, parameters = {}) =>
      await engine().response.ask({ kind, parameters, reason: 'I saw it happen' }, actor),
    contains: async (ref, stage) => {
      const reason = 'I have reason to believe it';
      return await engine().response.contain({ ref, stage, reason, dryRun: false }, actor);
    },
    containsAll: async (refs, stage) =>
      await engine().response.askBatch(
        { refs, stage, reason: 'their vendor was broken into' },
        actor,
      ),
    restores: async (ref, cause) =>
      await engine().response.restore({ ref, cause, reason: 'It is over' }, actor),
  };
}
