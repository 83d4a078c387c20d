import { describe, expect, it } from 'vitest';
import { SEVERITIES } from '../authority/index.ts';
import { STAGE_GUARANTEES } from '../kernel/index.ts';
import {
  type IncidentState,
  type RestoreCause,
  type ReviewItemView,
  type TaskState,
  TRACKS,
} from '../response/index.ts';
import type { StepState } from '../runner/index.ts';
import {
  INCIDENT_STATUSES,
  RESTORE_CAUSES,
  REVIEW_KINDS,
  STAGES,
  STEP_STATES,
  TASK_STATES,
  TRACK_NAMES,
  WhoQuery,
} from './contract/index.ts';

/** True only where both unions are the same. */
type Same<One, Other> = [One, Other] extends [Other, One] ? true : false;

describe('words of the contract', () => {
  it('are those of the server', () => {
    expect([...STAGES].sort()).toEqual(Object.keys(STAGE_GUARANTEES).sort());
    expect(WhoQuery.properties.severity).toMatchObject({ enum: [...SEVERITIES] });
    const causes: Same<(typeof RESTORE_CAUSES)[number], RestoreCause> = true;
    const states: Same<(typeof STEP_STATES)[number], StepState> = true;
    const statuses: Same<(typeof INCIDENT_STATUSES)[number], IncidentState['status']> = true;
    const tasks: Same<(typeof TASK_STATES)[number], TaskState> = true;
    expect([causes, states, statuses, tasks]).toEqual([true, true, true, true]);
    const lists: Same<(typeof REVIEW_KINDS)[number], ReviewItemView['review']> = true;
    expect(lists).toBe(true);
    expect(TRACK_NAMES).toEqual(TRACKS);
  });
});
