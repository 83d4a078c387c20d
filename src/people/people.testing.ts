import {
  createIds,
  createPushableClock,
  createSeededRandom,
  Secret,
  silentLog,
} from '../kernel/index.ts';
import { appendCommands, ledgerMigrations } from '../ledger/index.ts';
import { statement, text } from '../store/index.ts';
import type { OpenForTest } from '../store/testing.ts';
import { createPeople, peopleMigrations, type People, type PeopleParts } from './index.ts';
import type { ProviderSettings } from './oidc/provider.ts';
import type { Enrolled, OpenedSession, Place, Rules } from './model.ts';
import { createAuthenticator, type SoftAuthenticator } from './testing.ts';

export const PLACE: Place = { rpId: 'firebreak.example', origin: 'https://firebreak.example' };
export const CLIENT = { address: '192.0.2.7', device: 'a test' };

export interface World {
  readonly people: People;
  readonly parts: PeopleParts;
  readonly clock: ReturnType<typeof createPushableClock>;
  readonly suspects: { people: string[]; channels: string[] };
  readonly roster: Map<string, string>;
  readonly asked: Set<string>;
  /** Every entry so far, as text. */
  readonly entries: () => Promise<readonly string[]>;
  /** Another node on the same store. */
  readonly another: () => People;
}

/** Mia has a seat, Ola only stands in the roster. */
export async function openPeople(
  openStore: OpenForTest,
  providers: readonly ProviderSettings[] = [],
): Promise<World> {
  const store = await openStore();
  await store.migrate([...ledgerMigrations, ...peopleMigrations], { apply: true });
  const clock = createPushableClock();
  const ids = createIds(clock.nowMs, createSeededRandom(7));
  const suspects: World['suspects'] = { people: [], channels: [] };
  const roster = new Map([
    ['mia', 'Mia'],
    ['ola', 'Ola'],
    ['otto', 'Otto'],
  ]);
  const asked = new Set<string>();
  const rules: Rules = {
    person: (person) => {
      const name = roster.get(person);
      return name === undefined ? null : { person, name };
    },
    people: () => [...roster].map(([person, name]) => ({ person, name })),
    byAddress: (address) => (address === 'mia@northlake.example' ? 'mia' : null),
    hasSeat: (person) => person === 'mia',
    isAsked: async (person) => await Promise.resolve(asked.has(person)),
    suspects: async () => await Promise.resolve(suspects),
  };
  const parts: PeopleParts = {
    store,
    clock,
    ids,
    log: silentLog,
    rules,
    key: new Secret('a key of the test, for people'),
    ledger: {
      append: (entries, commands = []) => store.write([...commands, ...appendCommands(entries)]),
    },
  };
  const read = async (): Promise<readonly string[]> => {
    const rows = await store.query(statement('select canonical from ledger_entry'));
    return rows.map((row) => text(row, 'canonical'));
  };
  const another = (): People => createPeople(parts, providers);
  return { people: another(), parts, clock, suspects, roster, asked, entries: read, another };
}

export interface Entered extends OpenedSession, Enrolled {
  readonly device: SoftAuthenticator;
}

/** By an invitation of an administrator, with a device of their own. */
export async function enter({ people }: Pick<World, 'people'>, person: string): Promise<Entered> {
  const { text: invitation } = await people.invitations.invite(person, 'person:otto');
  return await acceptInvitation(people, invitation, null);
}

export async function acceptInvitation(
  people: People,
  invitation: string,
  person: string | null,
): Promise<Entered> {
  const device = createAuthenticator(PLACE);
  const asked = await people.invitations.askToAccept(PLACE, invitation, person);
  const given = {
    ceremony: asked.ceremony,
    name: 'key',
    credential: device.create(asked.publicKey),
  };
  const accepted = await people.invitations.accept(PLACE, invitation, given, CLIENT);
  return { ...accepted, device };
}

export async function signInWith(
  people: People,
  device: SoftAuthenticator,
  twist: Parameters<SoftAuthenticator['get']>[1] = {},
): Promise<OpenedSession> {
  const { ceremony, publicKey } = await people.signIn.askToSignIn(PLACE);
  const credential = device.get(publicKey, twist);
  return await people.signIn.signIn(PLACE, { ceremony, credential }, CLIENT);
}
