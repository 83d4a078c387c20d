import type { Book } from './book.ts';
import type { Chance } from './chance.ts';
import type { Party, Team, Tenant } from './model.ts';
import { DOMAINS, FIRST_NAMES, LAST_NAMES, TENANTS, VENDORS } from './words.ts';

/** The last of each team has left. */
const PEOPLE_EACH = 8;
const ADDRESS = 'northlake.example';

export function tenantNamed(name: string): Tenant {
  const tenant = TENANTS.find((one) => one.name === name);
  if (tenant === undefined) throw new RangeError(`there is no tenant ${name}`);
  return tenant;
}

function hire(chance: Chance, taken: Set<string>): string {
  for (;;) {
    const name = `${chance.pick(FIRST_NAMES)} ${chance.pick(LAST_NAMES)}`;
    if (taken.has(name)) continue;
    taken.add(name);
    return name;
  }
}

/** Tenants, vendors, teams and the people in them; some of them have left. */
export function foundParties(book: Book, chance: Chance): readonly Team[] {
  for (const { name, operator } of TENANTS) {
    const tags = operator === null ? [] : [`operator:${operator}`];
    book.thing('party', `dir:tenant:${name}`, name, { partyKind: 'tenant', tags });
  }
  for (const [id, name] of VENDORS) {
    // One contract has ended, and what it opened is still open.
    const left = id === 'fernmail' ? { leftAt: book.at(210) } : {};
    const contact = `security@${id}.example`;
    book.thing('party', `dir:vendor:${id}`, name, { partyKind: 'vendor', contact, ...left });
  }
  const teams = new Map<string, Team>();
  const taken = new Set<string>();
  for (const { team: name, tenant } of DOMAINS) {
    if (teams.has(name)) continue;
    const ref = `dir:team:${name}`;
    // The simulated world calls its teams by another name: two references, one team.
    const facts = { partyKind: 'team', contact: `${name}@${ADDRESS}` };
    book.thing('party', ref, name, { ...facts, refs: [ref, `northlake:party:${name}`] });
    const people = Array.from({ length: PEOPLE_EACH }, (_, index) =>
      hireOne(book, chance, taken, index < PEOPLE_EACH - 1),
    );
    teams.set(name, { ref, name, isThere: true, tenant: tenantNamed(tenant), people });
  }
  return [...teams.values()];
}

function hireOne(book: Book, chance: Chance, taken: Set<string>, isThere: boolean): Party {
  const name = hire(chance, taken);
  const contact = `${name.toLowerCase().replaceAll(' ', '.')}@${ADDRESS}`;
  const ref = `dir:person:${contact}`;
  const left = isThere ? {} : { leftAt: book.at(chance.between(20, 900)) };
  book.thing('party', ref, name, { partyKind: 'person', contact, ...left });
  return { ref, name, isThere };
}
