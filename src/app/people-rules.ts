import { seatHolders, type Authority, type Charter, type Roster } from '../authority/index.ts';
import type { Rules } from '../people/index.ts';
import type { Response } from '../response/index.ts';

/** Worked out once for each roster and charter: it is asked at every request of a person. */
function createHolders(): (charter: Charter, roster: Roster) => ReadonlySet<string> {
  const known = new WeakMap<Roster, { charter: Charter; holders: ReadonlySet<string> }>();
  return (charter, roster) => {
    const kept = known.get(roster);
    if (kept?.charter === charter) return kept.holders;
    const holders = seatHolders(charter, roster);
    known.set(roster, { charter, holders });
    return holders;
  };
}

/** `mia@example.org`, also as a reference such as `mail:mia@example.org`. */
function isAddress(ref: string, address: string): boolean {
  const [one, wanted] = [ref.toLowerCase(), address.toLowerCase()];
  return one === wanted || one.endsWith(`:${wanted}`);
}

/** What the charter, the roster and open questions say of people, as it is at the moment of the question. */
export function createRules(
  authority: Pick<Authority, 'charter' | 'roster'>,
  response: Pick<Response, 'decisions' | 'suspects'>,
): Rules {
  const holdersOf = createHolders();
  const people = (): Roster['people'] => authority.roster().people;
  return {
    person: (person) => {
      const known = people().get(person);
      return known === undefined ? null : { person, name: known.name };
    },
    people: () => [...people()].map(([person, { name }]) => ({ person, name })),
    byAddress: (address) => {
      const found = [...people().values()].filter(({ refs }) =>
        refs.some((ref) => isAddress(ref, address)),
      );
      const [only] = found;
      return found.length === 1 && only !== undefined ? only.id : null;
    },
    hasSeat: (person) => holdersOf(authority.charter(), authority.roster()).has(person),
    isAsked: async (person) =>
      (await response.decisions({ person, state: 'open', limit: 1 })).length > 0,
    suspects: async () => {
      const marked = await response.suspects();
      const named = (wanted: string): readonly string[] =>
        marked.flatMap(({ kind, name }) => (kind === wanted ? [name] : []));
      return { people: named('person'), channels: named('channel') };
    },
  };
}
