import { createHash, randomBytes } from 'node:crypto';
import { fillSeat } from '../authority/index.ts';
import { FirebreakError, LIMITS, toTimestamp } from '../kernel/index.ts';
import { appendCommands } from '../ledger/index.ts';
import { decisionOf } from './decisions/find.ts';
import type { GlassBroken } from './decisions/glass.ts';
import { decisionView, stateOfDecision } from './find.ts';
import type { Incidents } from './incidents.ts';
import type {
  Actor,
  BreakGlassRequest,
  DecisionView,
  GlassCodes,
  PrepareGlassRequest,
  Response,
} from './model.ts';
import type { ResponseParts } from './parts.ts';
import {
  findGlassCode,
  type GlassCode,
  insertGlassCode,
  readSuspects,
  replaceGlassCodes,
  spendGlassCode,
} from './people-store.ts';

const CODE_BYTES = 15;
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** 120 bits from the operating system, in groups that can be read aloud. */
function drawCode(): string {
  let text = '';
  for (const byte of randomBytes((CODE_BYTES * 8) / 5)) text += ALPHABET.charAt(byte % 32);
  return text.replaceAll(/(?<group>.{6})(?=.)/gu, '$<group>-');
}

/** Read aloud, typed in the dark: case, spaces and dashes do not matter. */
function hashOf(code: string): string {
  const plain = code.toLowerCase().replaceAll(/[\s-]/gu, '');
  return createHash('sha256').update(`firebreak break-glass ${plain}`).digest('hex');
}

export function createGlass(
  parts: ResponseParts,
  incidents: Incidents,
): Pick<Response, 'prepareGlass' | 'breakGlass'> {
  return {
    prepareGlass: async (request, actor) => await prepare(parts, request, actor),
    breakGlass: async (request, actor) => await use(parts, incidents, request, actor),
  };
}

function glassOf(parts: ResponseParts) {
  const { breakGlass } = parts.authority.charter();
  if (breakGlass === null) {
    const problem = 'the charter has no break-glass quorum';
    throw new FirebreakError('request-invalid', { problem });
  }
  return breakGlass;
}

/** Only hashes are kept. Codes of the same device that were prepared before are void. */
async function prepare(
  parts: ResponseParts,
  { person, device, count = LIMITS.glassCodesDefault }: PrepareGlassRequest,
  actor: Actor,
): Promise<GlassCodes> {
  glassOf(parts);
  if (!parts.authority.roster().people.has(person)) {
    const problem = `person: ${person} is not in the roster`;
    throw new FirebreakError('request-invalid', { problem });
  }
  const codes = Array.from({ length: count }, drawCode);
  const atMs = parts.clock.nowMs();
  const entry = {
    id: parts.ids.next('entry'),
    at: toTimestamp(atMs),
    kind: 'break-glass.prepared',
    actor: actor.name,
    incident: null,
    ordinal: null,
    data: { person, device, count },
  };
  const rows = codes.map((code) => insertGlassCode({ hash: hashOf(code), person, device, atMs }));
  await parts.store.write([replaceGlassCodes(person, device), ...rows, ...appendCommands([entry])]);
  parts.ledger.written();
  return { person, device, codes };
}

function refuseCodes(problem: string): never {
  throw new FirebreakError('break-glass-refused', { problem });
}

/** Who is behind the codes; each works once, and is spent in the commit that it decides in. */
async function codesOf(
  parts: ResponseParts,
  given: readonly string[],
): Promise<readonly (GlassCode & { readonly hash: string })[]> {
  const found: (GlassCode & { readonly hash: string })[] = [];
  for (const code of new Set(given)) {
    const hash = hashOf(code);
    const kept = await findGlassCode(parts.store, hash);
    if (kept === null) refuseCodes('one of the codes is unknown or was used before');
    if (found.some((one) => one.person === kept.person)) continue;
    found.push({ ...kept, hash });
  }
  return found;
}

async function use(
  parts: ResponseParts,
  incidents: Incidents,
  { decision: id, codes, reason, digest }: BreakGlassRequest,
  actor: Actor,
): Promise<DecisionView> {
  const state = await stateOfDecision(parts, incidents, id);
  const decision = decisionOf(state, id);
  const glass = glassOf(parts);
  const people = await codesOf(parts, codes);
  const { quorum, distinct, ttlMs, reviewMs } = glass;
  if (people.length < quorum)
    refuseCodes(`it takes codes of ${quorum} people, these are of ${people.length}`);
  await checkPeople(parts, people, glass.from);
  const roster = parts.authority.roster();
  const voters = people.slice(0, quorum).map(({ person, device }) => {
    const known = roster.people.get(person);
    const { manager = null, employer = null } = known ?? {};
    return {
      person,
      device,
      ...(manager === null ? {} : { manager }),
      ...(employer === null ? {} : { employer }),
    };
  });
  const given: GlassBroken = {
    decision: decision.id,
    digest,
    reason,
    voters,
    quorum,
    distinct,
    ttlMs,
    reviewMs,
  };
  const atMs = parts.clock.nowMs();
  const spent = people.slice(0, quorum).map(({ hash }) => spendGlassCode(hash, decision.id, atMs));
  const command = { type: 'break-glass', given } as const;
  const decided = await incidents.apply(state.id, command, actor.name, spent);
  return decisionView(decided.state, decision.id);
}

/** They sit in a seat of the quorum now, and nobody suspects them. */
async function checkPeople(
  parts: ResponseParts,
  people: readonly GlassCode[],
  from: readonly string[],
): Promise<void> {
  const nowMs = parts.clock.nowMs();
  const charter = parts.authority.charter();
  const context = {
    charter,
    roster: parts.authority.roster(),
    nowMs,
    owners: [],
    jurisdiction: null,
  };
  const seated = new Set(from.flatMap((seat) => fillSeat(context, seat).people));
  const suspects = await readSuspects(parts.store);
  for (const { person } of people) {
    if (suspects.people.includes(person)) throw new FirebreakError('person-suspect', { person });
    if (!seated.has(person)) refuseCodes(`${person} sits in none of ${from.join(', ')} now`);
  }
}
