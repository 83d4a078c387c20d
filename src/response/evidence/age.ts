import type { Id } from '../../kernel/index.ts';
import type { StepHandler } from '../../runner/index.ts';
import type { IncidentCommand } from '../incident/decide.ts';
import type { Incidents } from '../incidents.ts';
import type { ResponseParts } from '../parts.ts';
import { listEvidence } from './store.ts';

/** What there is to delete is read when its time has come. */
export function evidenceAgeHandler(parts: ResponseParts, incidents: Incidents): StepHandler {
  return {
    kind: 'evidence.age',
    perform: async () => await Promise.resolve({ type: 'done', result: {} }),
    record: async (step, _outcome, settle) => {
      // Written by effects.ts.
      const { incident } = step.payload as { readonly incident: Id<'incident'> };
      const rows = await listEvidence(parts.store, incident);
      const items = rows
        .filter((row) => row.deletedAtMs === null)
        .map(({ id, cut, name, sha256 }) => ({ id, cut, name, sha256 }));
      const command: IncidentCommand = { type: 'evidence', act: { type: 'age', items } };
      await incidents.apply(incident, command, `node:${parts.runner.nodeId}`, settle);
    },
  };
}
