import { LIMITS, Secret } from '../kernel/index.ts';
import {
  type Fields,
  idOf,
  isFields,
  listOf,
  onlyKnown,
  optionalFlag,
  optionalInstant,
  optionalMs,
  optionalName,
  optionalSecret,
  optionalText,
  optionalTexts,
  optionalWhole,
  optionalWord,
  Problem,
  refsOf,
  requiredName,
  requiredWord,
  share,
} from './facts.ts';
import {
  type Basis,
  CREDENTIAL_KINDS,
  EDGE_RELATIONS,
  type EdgeRelation,
  EXPOSURES,
  type ExternalRef,
  IDENTITY_KINDS,
  PARTY_KINDS,
  type ThingRecord,
} from './model.ts';
import { refText } from './refs.ts';

export type ThingWord = ThingRecord['type'];
export type NodeWord = 'identity' | 'credential' | ThingWord;

/** What one line says of one thing; only what it says, in one order, so that equal lines have equal texts. */
export type Facts = Readonly<Record<string, unknown>>;

export interface NodeDraft {
  readonly type: NodeWord;
  readonly id: string | null;
  readonly refs: readonly ExternalRef[];
  readonly name: string | null;
  /** For credentials: the identity as the line names it. */
  readonly identity: string | null;
  /** Turned into a fingerprint at once and then forgotten. */
  readonly secret: Secret | null;
  readonly facts: Facts;
  /** What a line must say about something that nobody has described yet. */
  readonly lacks: string | null;
  /** Until somebody has described it: another source does. */
  readonly waits: boolean;
}

/** Ends may still be references. */
export interface EdgeDraft {
  readonly type: 'edge';
  readonly from: string;
  readonly relation: EdgeRelation;
  readonly to: string;
  readonly basis: Basis;
  readonly confidence: number;
  readonly observedMs: number | null;
}

export type Draft = NodeDraft | EdgeDraft;

const THING_TYPES = ['store', 'workload', 'service', 'resource', 'party'] as const;
const TYPES = ['identity', 'credential', 'edge', ...THING_TYPES] as const;
export const BASES = ['declared', 'observed', 'inferred'] as const;
const COMMON = ['type', 'id', 'refs', 'observedAt', 'source'];
const IDENTITY_MEMBERS = new Set(
  [COMMON, 'kind name target environment jurisdiction purpose operator tenant exposure'.split(' ')]
    .flat()
    .concat('rotationDays', 'tags', 'owners', 'waits'),
);
const CREDENTIAL_MEMBERS = new Set(
  [COMMON, 'identity kind fingerprint secret issuedAt expiresAt lastUsedAt'.split(' ')]
    .flat()
    .concat('lastUsedBasis', 'scopes', 'usedScopes', 'endedAt'),
);
const THING_MEMBERS = new Set(
  [COMMON, 'name environment jurisdiction tags tier contact partyKind leftAt'.split(' ')].flat(),
);
const EDGE_MEMBERS = new Set('type from relation to basis confidence observedAt source'.split(' '));
const OWNER_MEMBERS = new Set(['role', 'party', 'basis', 'confidence', 'assertedAt']);
const OWNER_ROLES = ['business', 'technical'] as const;

function ownersOf(fields: Fields): readonly Facts[] | undefined {
  const items = listOf(fields, 'owners');
  if (items.length === 0) return undefined;
  return items.map((item, index) => {
    if (!isFields(item)) throw new Problem(`owners[${index}] is not an object`);
    onlyKnown(item, OWNER_MEMBERS, `owners[${index}].`);
    return {
      role: requiredWord(item, 'role', OWNER_ROLES),
      party: requiredName(item, 'party'),
      basis: optionalText(item, 'basis') ?? 'declared',
      confidence: share(item, 'confidence', 0.5),
      assertedAt: optionalInstant(item, 'assertedAt'),
    };
  });
}

function refTexts(refs: readonly ExternalRef[]): readonly string[] | undefined {
  return refs.length === 0 ? undefined : refs.map(refText);
}

/** The first of the members that the line leaves out. */
function lackOf(facts: Facts, members: readonly string[]): string | null {
  return members.find((member) => facts[member] === undefined) ?? null;
}

const IDENTITY_NEEDS = ['kind', 'name', 'target'];

function identity(fields: Fields): NodeDraft {
  const refs = refsOf(fields);
  const facts = {
    kind: optionalWord(fields, 'kind', IDENTITY_KINDS),
    name: optionalText(fields, 'name'),
    target: optionalText(fields, 'target'),
    refs: refTexts(refs),
    environment: optionalText(fields, 'environment'),
    jurisdiction: optionalText(fields, 'jurisdiction'),
    purpose: optionalText(fields, 'purpose'),
    operator: optionalText(fields, 'operator'),
    tenant: optionalText(fields, 'tenant'),
    exposure: optionalWord(fields, 'exposure', EXPOSURES),
    rotationDays: optionalWhole(fields, 'rotationDays'),
    tags: optionalTexts(fields, 'tags'),
    owners: ownersOf(fields),
    observedAt: optionalInstant(fields, 'observedAt'),
  };
  return {
    type: 'identity',
    id: idOf(fields, 'identity'),
    refs,
    name: facts.name ?? null,
    identity: null,
    secret: null,
    facts,
    lacks: lackOf(facts, IDENTITY_NEEDS),
    waits: optionalFlag(fields, 'waits'),
  };
}

const CREDENTIAL_NEEDS = ['kind', 'identity'];

function credential(fields: Fields): NodeDraft {
  const id = idOf(fields, 'credential');
  const refs = refsOf(fields);
  if (id === null && refs.length === 0) {
    throw new Problem('a credential has an id or at least one reference');
  }
  const secret = optionalSecret(fields, 'secret');
  const facts = {
    kind: optionalWord(fields, 'kind', CREDENTIAL_KINDS),
    identity: optionalName(fields, 'identity'),
    refs: refTexts(refs),
    fingerprint: optionalName(fields, 'fingerprint'),
    issuedAt: optionalInstant(fields, 'issuedAt'),
    expiresAt: optionalInstant(fields, 'expiresAt'),
    lastUsedAt: optionalInstant(fields, 'lastUsedAt'),
    lastUsedBasis: optionalWord(fields, 'lastUsedBasis', BASES),
    endedAt: optionalInstant(fields, 'endedAt'),
    scopes: optionalTexts(fields, 'scopes'),
    // Watched and nothing seen is a statement of its own.
    usedScopes: Array.isArray(fields['usedScopes'])
      ? (optionalTexts(fields, 'usedScopes') ?? [])
      : undefined,
    observedAt: optionalInstant(fields, 'observedAt'),
  };
  return {
    type: 'credential',
    id,
    refs,
    name: null,
    identity: facts.identity ?? null,
    secret: secret === undefined ? null : new Secret(secret),
    facts,
    lacks: lackOf(facts, CREDENTIAL_NEEDS),
    waits: false,
  };
}

function thing(fields: Fields, type: ThingWord): NodeDraft {
  const refs = refsOf(fields);
  const facts = {
    name: optionalText(fields, 'name'),
    refs: refTexts(refs),
    environment: optionalText(fields, 'environment'),
    jurisdiction: optionalText(fields, 'jurisdiction'),
    tags: optionalTexts(fields, 'tags'),
    tier: optionalWhole(fields, 'tier'),
    contact: optionalText(fields, 'contact'),
    partyKind: optionalWord(fields, 'partyKind', PARTY_KINDS),
    leftAt: optionalInstant(fields, 'leftAt'),
    observedAt: optionalInstant(fields, 'observedAt'),
  };
  return {
    type,
    id: idOf(fields, type),
    refs,
    name: facts.name ?? null,
    identity: null,
    secret: null,
    facts,
    lacks: facts.name === undefined ? 'name' : null,
    waits: false,
  };
}

function edge(fields: Fields): EdgeDraft {
  const basis = optionalWord(fields, 'basis', BASES) ?? 'declared';
  return {
    type: 'edge',
    from: requiredName(fields, 'from'),
    relation: requiredWord(fields, 'relation', EDGE_RELATIONS),
    to: requiredName(fields, 'to'),
    basis,
    confidence: share(fields, 'confidence', basis === 'inferred' ? 0.5 : 1),
    observedMs: optionalMs(fields, 'observedAt') ?? null,
  };
}

function draftOf(fields: Fields): Draft {
  const type = requiredWord(fields, 'type', TYPES);
  // The import names the source of everything in it; a line may repeat it for the reader.
  optionalText(fields, 'source');
  switch (type) {
    case 'identity':
      onlyKnown(fields, IDENTITY_MEMBERS, '');
      return identity(fields);
    case 'credential':
      onlyKnown(fields, CREDENTIAL_MEMBERS, '');
      return credential(fields);
    case 'edge':
      onlyKnown(fields, EDGE_MEMBERS, '');
      return edge(fields);
    default:
      onlyKnown(fields, THING_MEMBERS, '');
      return thing(fields, type);
  }
}

export type Parsed =
  | { readonly ok: true; readonly draft: Draft }
  | { readonly ok: false; readonly problem: string };

function parseJson(line: string): unknown {
  const limit = LIMITS.inventoryLineBytesMax;
  if (line.length > limit || Buffer.byteLength(line) > limit) {
    throw new Problem(`the line is longer than ${limit} bytes`);
  }
  try {
    return JSON.parse(line);
  } catch {
    throw new Problem('the line is not JSON');
  }
}

/** One line of Firebreak NDJSON, as text or already as an object. */
export function parseLine(line: unknown): Parsed {
  try {
    const value = typeof line === 'string' ? parseJson(line) : line;
    if (!isFields(value)) throw new Problem('the line is not an object');
    return { ok: true, draft: draftOf(value) };
  } catch (error) {
    if (error instanceof Problem) return { ok: false, problem: error.message };
    throw error;
  }
}
