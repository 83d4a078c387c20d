import { randomBytes } from 'node:crypto';
import {
  FirebreakError,
  isFirebreakError,
  present,
  toTimestamp,
  type Clock,
  type IdSource,
  type JsonObject,
  type Log,
  type Secret,
} from '../kernel/index.ts';
import type { Ledger, LedgerEntry } from '../ledger/index.ts';
import type { Command, Store } from '../store/index.ts';
import type { Rules, RosterPerson } from './model.ts';
import {
  challengeOfCeremony,
  keyedHash,
  openCeremony,
  sealCeremony,
  type Ceremony,
  type CeremonyUse,
} from './sealed.ts';
import { spend } from './session-store.ts';

export interface PeopleParts {
  readonly store: Store;
  readonly ledger: Pick<Ledger, 'append'>;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly log: Log;
  readonly rules: Rules;
  /** Seals what browsers bring back, and hashes codes. */
  readonly key: Secret;
}

/** 256 bits from the operating system. */
export function drawSecret(): string {
  return randomBytes(32).toString('base64url');
}

export function entryOf(
  { ids, clock }: Pick<PeopleParts, 'ids' | 'clock'>,
  kind: string,
  actor: string,
  data: JsonObject,
): LedgerEntry {
  const at = toTimestamp(clock.nowMs());
  return { id: ids.next('entry'), at, kind, actor, incident: null, ordinal: null, data };
}

export function personOf({ rules }: Pick<PeopleParts, 'rules'>, person: string): RosterPerson {
  const known = rules.person(person);
  if (known === null) throw new FirebreakError('person-unknown', { person });
  return known;
}

/** A suspect signs in by nothing: what they could do would not count. */
export async function refuseSuspect({ rules }: PeopleParts, person: string): Promise<void> {
  const { people } = await rules.suspects();
  if (people.includes(person)) throw new FirebreakError('person-suspect', { person });
}

export interface BegunCeremony {
  readonly ceremony: string;
  readonly challenge: string;
}

export function begin(
  { key, clock }: Pick<PeopleParts, 'key' | 'clock'>,
  of: Omit<Ceremony, 'untilMs'>,
): BegunCeremony {
  const ceremony = sealCeremony(key, clock.nowMs(), drawSecret(), of);
  return { ceremony, challenge: challengeOfCeremony(ceremony) };
}

export interface AnsweredCeremony extends Ceremony {
  readonly challenge: string;
  /** Belongs into the write that follows from the answer: of two answers one counts. */
  readonly spent: Command;
}

export function reopen(
  { key, clock }: Pick<PeopleParts, 'key' | 'clock'>,
  sealed: string,
  use: CeremonyUse,
): AnsweredCeremony {
  const ceremony = openCeremony(key, clock.nowMs(), sealed, use);
  const challenge = challengeOfCeremony(sealed);
  return { ...ceremony, challenge, spent: spend(challenge, ceremony.untilMs) };
}

/** What the device keeps to know for whom it is: says nothing to others. */
export function userHandleOf({ key }: Pick<PeopleParts, 'key'>, person: string): string {
  return keyedHash(key, 'user-handle', person);
}

/** A write that lost against another one of the same kind is told in the words of what was tried. */
export async function orElse<Result>(
  write: Promise<Result>,
  refusal: () => FirebreakError,
): Promise<Result> {
  try {
    return await write;
  } catch (error) {
    if (isFirebreakError(error, 'store-conflict') || isFirebreakError(error, 'store-constraint'))
      throw refusal();
    throw error;
  }
}

/** The member is there: it was just written. */
export function written<Value>(value: Value | null | undefined): Value {
  return present(value, 'what was just written is there');
}
