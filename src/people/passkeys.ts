import { FirebreakError, isFirebreakError, LIMITS } from '../kernel/index.ts';
import type { LedgerEntry } from '../ledger/index.ts';
import type { Command } from '../store/index.ts';
import { problemOfApproval, challengeOf, type SignedApproval } from './assertion.ts';
import { enrolOptions, signOptions, verifyEnrolment, verifyUse } from './authenticator.ts';
import { drawRecoveryCodes, hashRecoveryCode } from './codes.ts';
import type { AskedToEnrol, Enrolled, Passkey, PasskeyDoor, Place, Registration } from './model.ts';
import {
  begin,
  entryOf,
  orElse,
  personOf,
  reopen,
  userHandleOf,
  written,
  type PeopleParts,
} from './parts.ts';
import type { Refusals } from './refusals.ts';
import {
  countRecoveryCodes,
  deletePasskey,
  deleteRecoveryCodesOf,
  findPasskey,
  insertPasskey,
  insertRecoveryCodes,
  listPasskeysOf,
  renamePasskey,
  usePasskey,
  type StoredPasskey,
} from './store.ts';

export function shown(passkey: StoredPasskey): Passkey {
  const { id, person, name, createdAtMs, lastUsedAtMs, isBackedUp } = passkey;
  return { id, person, name, createdAtMs, lastUsedAtMs, isBackedUp };
}

/** Asks a device to make a passkey for this person; `bound` is the session or invitation that may add it. */
export async function askToEnrol(
  parts: PeopleParts,
  place: Place,
  person: string,
  bound: string,
): Promise<AskedToEnrol> {
  const { name } = personOf(parts, person);
  const known = await listPasskeysOf(parts.store, person);
  if (known.length >= LIMITS.passkeysOfPersonMax)
    throw new FirebreakError('passkeys-many', { person, limit: LIMITS.passkeysOfPersonMax });
  const { ceremony, challenge } = begin(parts, { use: 'enrol', person, bound });
  const who = { person, name, userHandle: userHandleOf(parts, person) };
  return { ceremony, publicKey: await enrolOptions(place, challenge, who, known) };
}

export interface Enrolment extends Enrolled {
  readonly commands: readonly Command[];
  readonly entries: readonly LedgerEntry[];
}

/** What has to be written so that this passkey counts; the first one comes with recovery codes. */
export async function prepareEnrolment(
  parts: PeopleParts,
  place: Place,
  given: Registration,
  bound: string,
): Promise<Enrolment> {
  const ceremony = reopen(parts, given.ceremony, 'enrol');
  const { person } = ceremony;
  if (person === null || ceremony.bound !== bound) throw new FirebreakError('ceremony-spent');
  personOf(parts, person);
  const key = await verifyEnrolment(place, ceremony.challenge, given.credential);
  const passkey: StoredPasskey = {
    ...key,
    id: parts.ids.next('passkey'),
    person,
    name: given.name,
    createdAtMs: parts.clock.nowMs(),
    lastUsedAtMs: null,
  };
  const actor = `person:${person}`;
  const hasCodes = (await countRecoveryCodes(parts.store, person)) > 0;
  const codes = hasCodes ? null : renewCodes(parts, person);
  const data = {
    person,
    passkey: passkey.id,
    name: passkey.name,
    credential: passkey.credential,
    publicKey: passkey.publicKey,
    rpId: place.rpId,
    isBackedUp: passkey.isBackedUp,
  };
  return {
    passkey: shown(passkey),
    recoveryCodes: codes?.codes ?? [],
    commands: [ceremony.spent, insertPasskey(passkey), ...(codes?.commands ?? [])],
    entries: [entryOf(parts, 'passkey.enrolled', actor, data), ...(codes?.entries ?? [])],
  };
}

/** New codes in the place of all old ones. They leave this function in clear once. */
function renewCodes(
  parts: PeopleParts,
  person: string,
): {
  readonly codes: readonly string[];
  readonly commands: readonly Command[];
  readonly entries: readonly LedgerEntry[];
} {
  const codes = drawRecoveryCodes();
  const hashes = codes.map((code) => hashRecoveryCode(parts.key, person, code));
  const data = { person, count: codes.length };
  return {
    codes,
    commands: [deleteRecoveryCodesOf(person), ...insertRecoveryCodes(person, hashes)],
    entries: [entryOf(parts, 'recovery-codes.renewed', `person:${person}`, data)],
  };
}

async function add(
  parts: PeopleParts,
  ...[place, session, given]: Parameters<PasskeyDoor['add']>
): Promise<Enrolled> {
  const enrolment = await prepareEnrolment(parts, place, given, session.id);
  const { passkey, recoveryCodes, entries, commands } = enrolment;
  await orElse(parts.ledger.append(entries, commands), () => new FirebreakError('passkey-known'));
  return { passkey, recoveryCodes };
}

async function ownPasskey(parts: PeopleParts, person: string, id: string): Promise<StoredPasskey> {
  const own = await listPasskeysOf(parts.store, person);
  const found = own.find((one) => one.id === id);
  if (found === undefined) throw new FirebreakError('passkey-unknown', { passkey: id });
  return found;
}

async function rename(
  parts: PeopleParts,
  person: string,
  id: string,
  name: string,
): Promise<Passkey> {
  await ownPasskey(parts, person, id);
  const entry = entryOf(parts, 'passkey.renamed', `person:${person}`, {
    person,
    passkey: id,
    name,
  });
  await orElse(
    parts.ledger.append([entry], [renamePasskey(person, id, name)]),
    () => new FirebreakError('passkey-unknown', { passkey: id }),
  );
  return shown(await ownPasskey(parts, person, id));
}

async function remove(parts: PeopleParts, person: string, id: string): Promise<void> {
  const { name } = await ownPasskey(parts, person, id);
  const entry = entryOf(parts, 'passkey.removed', `person:${person}`, {
    person,
    passkey: id,
    name,
  });
  await orElse(
    parts.ledger.append([entry], [deletePasskey(person, id)]),
    () => new FirebreakError('passkey-last', { person }),
  );
}

function unsigned(problem: string): FirebreakError {
  return new FirebreakError('signature-needed', { problem });
}

/** Used as in a sign-in, so that a copy is noticed; and checked once more as whoever has only the ledger will do it. */
async function approve(
  parts: PeopleParts,
  ...[place, person, approval, credential]: Parameters<PasskeyDoor['approve']>
): Promise<SignedApproval> {
  const passkey = await findPasskey(parts.store, credential.id);
  if (passkey?.person !== person) throw unsigned('it is the passkey of somebody else');
  const use = await verifyUse(place, challengeOf(approval), passkey, credential).catch(
    (error: unknown) => {
      // The session is well, the signature is not.
      if (!isFirebreakError(error, 'sign-in-refused')) throw error;
      throw unsigned(String(error.facts['problem']));
    },
  );
  const { authenticatorData, clientDataJSON, signature } = credential.response;
  const signed: SignedApproval = {
    ...approval,
    person,
    passkey: passkey.id,
    credential: passkey.credential,
    publicKey: passkey.publicKey,
    ...place,
    authenticatorData,
    clientDataJSON,
    signature,
  };
  const problem = problemOfApproval(signed);
  if (problem !== null) throw unsigned(problem);
  const used = usePasskey(passkey, use.counter, use.isBackedUp, parts.clock.nowMs());
  await orElse(parts.store.write([used]), () => unsigned('the passkey was used at the same time'));
  return signed;
}

export function createPasskeys(parts: PeopleParts & { readonly refusals: Refusals }): PasskeyDoor {
  const { store, ledger } = parts;
  return {
    list: async (person) => (await listPasskeysOf(store, person)).map(shown),
    recoveryCodesLeft: (person) => countRecoveryCodes(store, person),
    askToAdd: (place, { person, id }) => askToEnrol(parts, place, person, id),
    add: (...given) => add(parts, ...given),
    rename: (person, id, name) => rename(parts, person, id, name),
    remove: (person, id) => remove(parts, person, id),
    renewRecoveryCodes: async (person) => {
      const { codes, commands, entries } = renewCodes(parts, person);
      await ledger.append(entries, commands);
      return written(codes);
    },
    askToApprove: async (place, person, approval) => {
      const own = await listPasskeysOf(store, person);
      if (own.length === 0) throw unsigned(`${person} has no passkey here`);
      return await signOptions(place, challengeOf(approval), own);
    },
    approve: async (...given) => {
      const [, person, { subject }] = given;
      const tried = { person, method: 'approval', subject };
      return await parts.refusals.recording(tried, () => approve(parts, ...given));
    },
  };
}
