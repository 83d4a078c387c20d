import type { Engine } from '../../../src/app/index.ts';
import type { StageName } from '../../../src/kernel/index.ts';
import type {
  ContainmentAnswer,
  DecisionView,
  RestoreAnswer,
  RestoreCause,
} from '../../../src/response/index.ts';

/** Somebody of the roster: mia leads the response, jonas the platform, dana is the CISO, piet the COO. */
export interface Person {
  readonly approves: (decision: DecisionView, reason?: string) => Promise<DecisionView>;
  readonly rejects: (decision: DecisionView, reason?: string) => Promise<DecisionView>;
  readonly contains: (ref: string, stage: StageName) => Promise<ContainmentAnswer>;
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
    contains: async (ref, stage) => {
      const reason = 'I have reason to believe it';
      return await engine().response.contain({ ref, stage, reason, dryRun: false }, actor);
    },
    restores: async (ref, cause) =>
      await engine().response.restore({ ref, cause, reason: 'It is over' }, actor),
  };
}
