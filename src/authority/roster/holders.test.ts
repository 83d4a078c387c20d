import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { loadCharter } from '../charter/charter.ts';
import { seatHolders } from './holders.ts';
import { loadRoster } from './roster.ts';

const examples = new URL('../../../examples/northlake/', import.meta.url);
const charter = loadCharter(readFileSync(new URL('charter.yaml', examples), 'utf8'));
const roster = loadRoster(readFileSync(new URL('roster.yaml', examples), 'utf8'));

it('names whoever may sit in a seat at any hour, and nobody who only stands in the roster', () => {
  const holders = seatHolders(charter, roster);
  expect(holders.has('mia')).toBe(true);
  // Piotr owns a service and is on no shift.
  expect(roster.people.has('piotr')).toBe(true);
  const onShifts = [...roster.rosters.values()].flat().some(({ person }) => person === 'piotr');
  expect(holders.has('piotr')).toBe(onShifts);
  for (const person of holders) expect(roster.people.has(person)).toBe(true);
});

it('counts who takes over a roster, and not the rosters that no seat is filled from', () => {
  const override = { roster: 'ir-de', person: 'zelda', fromMs: 0, untilMs: 1 };
  const taken = {
    ...roster,
    overrides: [override, { ...override, roster: 'choir', person: 'xaver' }],
  };
  const holders = seatHolders(charter, taken);
  expect([holders.has('zelda'), holders.has('xaver')]).toEqual([true, false]);
});
