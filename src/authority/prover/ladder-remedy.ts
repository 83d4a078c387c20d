import { type Context, createContext, type LadderUse } from './context.ts';
import type { Remedy } from './remedy.ts';
import { originOf } from './sources.ts';

const TRIES_MAX = 8;

/** A further person on one of the seats, tried before it is advised. */
export function furtherPerson(
  context: Context,
  use: Pick<LadderUse, 'seats' | 'jurisdiction' | 'cell'>,
  not: readonly string[],
  isClosed: (changed: Context) => boolean,
): Remedy {
  const { ground } = context;
  const { charter, roster } = ground;
  const names = [
    ...new Set(use.seats.flatMap((seat) => originOf(charter, seat, use.jurisdiction).rosters)),
  ];
  let tries = 0;
  for (const name of names) {
    const shifts = roster.rosters.get(name) ?? [];
    const listed = new Set([...shifts.map(({ person }) => person), ...not]);
    const managers = new Set(not.map((id) => roster.people.get(id)?.manager));
    const employer = roster.people.get(shifts[0]?.person ?? '')?.employer;
    for (const person of roster.people.values()) {
      if (listed.has(person.id) || managers.has(person.id) || person.employer !== employer)
        continue;
      if ((tries += 1) > TRIES_MAX) break;
      const more = [...shifts, { kind: 'always', person: person.id } as const];
      const changed = ground.changed({
        roster: { ...roster, rosters: new Map([...roster.rosters, [name, more]]) },
      });
      const alone = { ...context.cells, cells: [use.cell] };
      if (!isClosed(createContext(changed, alone))) continue;
      const value = { person: person.id, always: true };
      const path = ['rosters', name, 'shifts', shifts.length];
      const text = `Add a further person to roster ${name}, for example \`{ person: ${person.id}, always: true }\`.`;
      return { text, edits: [{ file: 'roster', path, value }] };
    }
  }
  const text = `Let a further seat decide too, filled by somebody who is not ${not.join(' or ')}.`;
  return { text, edits: [] };
}
