import { personFor } from '../../authority/index.ts';
import { FirebreakError } from '../../kernel/index.ts';
import { stateOf } from '../find.ts';
import type { Incidents } from '../incidents.ts';
import type { Actor, TaskDoor, TaskMove, TrackView } from '../model.ts';
import type { ResponseParts } from '../parts.ts';
import type { TaskAct, TaskOwner } from './model.ts';
import { tracksOf } from './tracks.ts';

export function createTaskDoor(parts: ResponseParts, incidents: Incidents): TaskDoor {
  const change = async (
    incident: string,
    act: TaskAct,
    actor: Actor,
  ): Promise<readonly TrackView[]> => {
    const { id } = await stateOf(incidents, incident);
    const decided = await incidents.apply(id, { type: 'task', act }, actor.name);
    return tracksOf(decided.state);
  };
  return {
    tracks: async (incident) => tracksOf(await stateOf(incidents, incident)),
    addTask: async ({ incident, track, title, owner, alternate }, actor) => {
      const nobody = { seat: null, person: null };
      const asker = { seat: null, person: actor.person };
      const act: TaskAct = {
        type: 'add',
        track,
        title,
        owner:
          owner === undefined ? (actor.person === null ? nobody : asker) : ownerOf(parts, owner),
        alternate: alternate === undefined ? null : ownerOf(parts, alternate),
      };
      return await change(incident, act, actor);
    },
    moveTask: async (request, actor) => await change(request.incident, actOf(request), actor),
  };
}

function actOf({ task, to, by, untilMs }: TaskMove): TaskAct {
  if (to !== 'blocked') return { type: 'move', task, to };
  if (by !== undefined) return { type: 'block', task, by, untilMs: untilMs ?? null };
  throw new FirebreakError('request-invalid', { problem: 'by: a blocked task waits for somebody' });
}

/** A seat is filled as it is now; whoever comes next to it is asked when that is. */
function ownerOf({ authority, clock }: ResponseParts, name: string): TaskOwner {
  const charter = authority.charter();
  const roster = authority.roster();
  if (charter.seats.has(name)) {
    return { seat: name, person: personFor(charter, roster, name, clock.nowMs()) };
  }
  if (roster.people.has(name)) return { seat: null, person: name };
  const problem = `owner: ${name} is neither a seat of the charter nor a person of the roster`;
  throw new FirebreakError('request-invalid', { problem });
}
