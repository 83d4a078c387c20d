import { Book } from './book.ts';
import { Chance } from './chance.ts';
import type { OrganisationSettings, Party } from './model.ts';
import { foundParties } from './people.ts';

/** As a roster names somebody: the part of the address before the host. */
function shortName({ ref }: Party): string {
  const address = ref.slice(ref.lastIndexOf(':') + 1);
  return address.slice(0, address.indexOf('@')).replaceAll('.', '-');
}

/**
 * The teams of the organisation and who is in them, for a roster: whoever owns something can then be asked. People who
 * have left are in no roster.
 */
export function organisationMembers(
  settings: Pick<OrganisationSettings, 'seed' | 'atMs'>,
): readonly string[] {
  const { seed, atMs } = settings;
  const book = new Book(atMs, new Chance(seed, 'ages'));
  const teams = foundParties(book, new Chance(seed, 'people')).map((team) => ({
    team,
    members: team.people.filter(({ isThere }) => isThere),
  }));
  const people = teams.flatMap(({ members }) => members);
  return [
    ...people.map((one) => `  ${shortName(one)}: { name: ${one.name}, refs: ["${one.ref}"] }`),
    'teams:',
    ...teams.map(
      ({ team, members }) =>
        `  ${team.name}: { members: [${members.map(shortName).join(', ')}], refs: ["${team.ref}", "northlake:party:${team.name}"] }`,
    ),
  ];
}
