import { expect, it } from 'vitest';
import { loadRoster } from '../../authority/index.ts';
import { northlakeRoster } from '../northlake-charter.ts';
import { describeOrganisation } from './organisation.ts';
import { organisationMembers } from './roster.ts';

const AT_MS = Date.parse('2026-11-20T03:00:00Z');

it('whoever owns something in the organisation and is still there is in the roster', () => {
  const members = organisationMembers({ seed: 1, atMs: AT_MS });
  const roster = loadRoster(northlakeRoster(members));
  const known = new Set(
    [...roster.people.values(), ...roster.teams.values()].flatMap(({ refs }) => refs),
  );
  const lines = describeOrganisation({ seed: 1, atMs: AT_MS, identities: 200 });
  const parties = lines.filter(({ partyKind }) => partyKind === 'person' || partyKind === 'team');
  expect(parties.length).toBeGreaterThan(20);
  const wrong = parties.filter(
    ({ refs, leftAt }) =>
      known.has(String((refs as readonly string[])[0])) !== (leftAt === undefined),
  );
  expect(wrong).toEqual([]);
});
