import { createPushableClock } from '../../kernel/index.ts';
import { createWorld, inventoryLines } from '../../world/index.ts';
import { Book, type Line } from './book.ts';
import { Chance } from './chance.ts';
import { connectIdentities } from './connections.ts';
import { draftIdentities } from './identities.ts';
import type { OrganisationSettings } from './model.ts';
import { foundParties } from './people.ts';
import { buildEstate } from './services.ts';
import { openVault } from './shapes-powerful.ts';
import { addShapes, openScene } from './shapes.ts';

/** Beside those of the simulated world. */
export const ORGANISATION_IDENTITIES = 2_000;
/** Below, not every trait has its share; above, one text holds too much. */
export const ORGANISATION_SIZES = { least: 200, most: 50_000 } as const;

/** Northlake as its own systems would tell it: lines of Firebreak NDJSON. The same settings give the same lines. */
export function describeOrganisation(settings: OrganisationSettings): readonly Line[] {
  const { seed, atMs, identities } = settings;
  const draw = (part: string): Chance => new Chance(seed, part);
  const book = new Book(atMs, draw('ages'));
  const teams = foundParties(book, draw('people'));
  const estate = buildEstate(book, teams, settings, draw('services'));
  const scene = openScene(book, estate, teams, draw('shapes'));
  addShapes(scene);
  const left = Math.max(0, identities - book.identityCount);
  const plans = draftIdentities(estate.services, teams, left, draw('identities'));
  for (const plan of plans) book.identity(plan);
  connectIdentities(book, estate, plans, draw('connections'));
  openVault(scene);
  return book.lines;
}

/** The whole of it as a file, with what the simulated world holds. Secrets of the world stay there. */
export function organisationText(settings: OrganisationSettings): string {
  const { seed, atMs } = settings;
  const world = createWorld({ seed, clock: createPushableClock(atMs) });
  const lines = describeOrganisation(settings).map((line) => `${JSON.stringify(line)}\n`);
  return `${inventoryLines(world.organisation)}${lines.join('')}`;
}
