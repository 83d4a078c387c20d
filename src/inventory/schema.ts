import { isId, LIMITS, Secret } from '../kernel/index.ts';
import {
  type Basis,
  CREDENTIAL_KINDS,
  type CredentialKind,
  EDGE_RELATIONS,
  type EdgeRelation,
  type ExternalRef,
  IDENTITY_KINDS,
  type IdentityKind,
  type ThingRecord,
} from './model.ts';
import { parseRefText, refText } from './refs.ts';

/** A line as it was written: ends, owners and identities may still be references. */
export type Draft = IdentityDraft | CredentialDraft | ThingDraft | EdgeDraft;

interface NodeDraft {
  readonly id: string | null;
  readonly refs: readonly ExternalRef[];
  readonly observedAt: string | null;
}

export interface OwnerDraft {
  readonly role: 'business' | 'technical';
  readonly party: string;
  readonly basis: string;
  readonly confidence: number;
  readonly assertedAt: string | null;
}

export interface IdentityDraft extends NodeDraft {
  readonly type: 'identity';
  readonly kind: IdentityKind;
  readonly name: string;
  readonly target: string;
  readonly environment: string | null;
  readonly jurisdiction: string | null;
  readonly purpose: string | null;
  readonly operator: string | null;
  readonly tags: readonly string[];
  readonly owners: readonly OwnerDraft[];
}

export interface CredentialDraft extends NodeDraft {
  readonly type: 'credential';
  readonly identity: string;
  readonly kind: CredentialKind;
  readonly fingerprint: string | null;
  /** Turned into a fingerprint at once and then forgotten. */
  readonly secret: Secret | null;
  readonly issuedAt: string | null;
  readonly expiresAt: string | null;
  readonly lastUsedAt: string | null;
  readonly scopes: readonly string[];
}

export interface ThingDraft extends NodeDraft {
  readonly type: ThingRecord['type'];
  readonly name: string;
  readonly environment: string | null;
  readonly tags: readonly string[];
  readonly tier: number | null;
  readonly contact: string | null;
}

export interface EdgeDraft {
  readonly type: 'edge';
  readonly from: string;
  readonly relation: EdgeRelation;
  readonly to: string;
  readonly basis: Basis;
  readonly confidence: number;
  readonly observedAt: string | null;
}

/** Thrown inside this file only; names the member, never its value: a value may be a secret. */
class Problem extends Error {}

type Fields = Readonly<Record<string, unknown>>;

const THING_TYPES = ['store', 'workload', 'service', 'resource', 'party'] as const;
const BASES = ['declared', 'observed', 'inferred'] as const;
const COMMON = ['type', 'id', 'refs', 'observedAt', 'source'];
const MEMBERS: Readonly<Record<string, readonly string[]>> = {
  identity: [
    ...COMMON,
    'kind',
    'name',
    'target',
    'environment',
    'jurisdiction',
    'purpose',
    'operator',
    'tags',
    'owners',
  ],
  credential: [
    ...COMMON,
    'identity',
    'kind',
    'fingerprint',
    'secret',
    'issuedAt',
    'expiresAt',
    'lastUsedAt',
    'scopes',
  ],
  thing: [...COMMON, 'name', 'environment', 'tags', 'tier', 'contact'],
  edge: ['type', 'from', 'relation', 'to', 'basis', 'confidence', 'observedAt', 'source'],
};

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function onlyKnown(fields: Fields, members: readonly string[], path: string): void {
  const unknown = Object.keys(fields).find((member) => !members.includes(member));
  if (unknown === undefined) return;
  throw new Problem(`${path}${unknown.slice(0, 50)} is unknown; known are ${members.join(', ')}`);
}

function optionalText(fields: Fields, member: string): string | null {
  const value = fields[member];
  if (value === undefined || value === null) return null;
  if (typeof value !== 'string' || value === '') throw new Problem(`${member} is not text`);
  if (value.length > LIMITS.recordTextMax) {
    throw new Problem(`${member} is longer than ${LIMITS.recordTextMax} characters`);
  }
  if (!value.isWellFormed() || value.includes('\u0000')) {
    throw new Problem(`${member} holds characters that are not text`);
  }
  return value;
}

function requiredText(fields: Fields, member: string): string {
  const value = optionalText(fields, member);
  if (value === null) throw new Problem(`${member} is missing`);
  return value;
}

function oneOf<Word extends string>(
  fields: Fields,
  member: string,
  words: readonly Word[],
  otherwise?: Word,
): Word {
  const value = optionalText(fields, member) ?? otherwise;
  const found = words.find((word) => word === value);
  if (found === undefined) throw new Problem(`${member} is not one of ${words.join(', ')}`);
  return found;
}

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/u;

function optionalInstant(fields: Fields, member: string): string | null {
  const value = optionalText(fields, member);
  if (value === null) return null;
  const ms = INSTANT.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(ms)) throw new Problem(`${member} is not an RFC 3339 time`);
  return new Date(ms).toISOString();
}

function share(fields: Fields, member: string, otherwise: number): number {
  const value = fields[member] ?? otherwise;
  if (typeof value !== 'number' || !(value >= 0 && value <= 1)) {
    throw new Problem(`${member} is not a number from 0 to 1`);
  }
  return value;
}

function list(fields: Fields, member: string): readonly unknown[] {
  const value = fields[member] ?? [];
  if (!Array.isArray(value)) throw new Problem(`${member} is not a list`);
  if (value.length > LIMITS.recordListMax) {
    throw new Problem(`${member} has more than ${LIMITS.recordListMax} items`);
  }
  return value;
}

function texts(fields: Fields, member: string): readonly string[] {
  return list(fields, member).map((item, index) =>
    requiredText({ [`${member}[${index}]`]: item }, `${member}[${index}]`),
  );
}

function refs(fields: Fields): readonly ExternalRef[] {
  return list(fields, 'refs').map((item, index) => {
    const found = ref(item, `refs[${index}]`);
    if (Buffer.byteLength(refText(found)) <= LIMITS.refBytesMax) return found;
    throw new Problem(`refs[${index}] is longer than ${LIMITS.refBytesMax} bytes`);
  });
}

function ref(item: unknown, path: string): ExternalRef {
  if (typeof item === 'string') {
    const parsed = parseRefText(requiredText({ [path]: item }, path));
    if (parsed === null) throw new Problem(`${path} is not of the form system:type:value`);
    return parsed;
  }
  if (!isFields(item)) throw new Problem(`${path} is neither text nor an object`);
  onlyKnown(item, ['system', 'type', 'value'], `${path}.`);
  const found = {
    system: requiredText(item, 'system'),
    type: requiredText(item, 'type'),
    value: requiredText(item, 'value'),
  };
  if (/[:\s]/u.test(found.system + found.type)) {
    throw new Problem(`${path}: system and type hold no colon and no space`);
  }
  return found;
}

function owners(fields: Fields): readonly OwnerDraft[] {
  return list(fields, 'owners').map((item, index) => {
    if (!isFields(item)) throw new Problem(`owners[${index}] is not an object`);
    onlyKnown(item, ['role', 'party', 'basis', 'confidence', 'assertedAt'], `owners[${index}].`);
    return {
      role: oneOf(item, 'role', ['business', 'technical'] as const),
      party: requiredText(item, 'party'),
      basis: optionalText(item, 'basis') ?? 'declared',
      confidence: share(item, 'confidence', 0.5),
      assertedAt: optionalInstant(item, 'assertedAt'),
    };
  });
}

function node(
  fields: Fields,
  word: IdentityDraft['type'] | 'credential' | ThingDraft['type'],
): NodeDraft {
  const id = optionalText(fields, 'id');
  if (id !== null && !isId(word, id)) {
    throw new Problem(`id is not the id of a ${word}; leave it out to derive it from refs`);
  }
  return { id, refs: refs(fields), observedAt: optionalInstant(fields, 'observedAt') };
}

function identity(fields: Fields): IdentityDraft {
  return {
    type: 'identity',
    ...node(fields, 'identity'),
    kind: oneOf(fields, 'kind', IDENTITY_KINDS),
    name: requiredText(fields, 'name'),
    target: requiredText(fields, 'target'),
    environment: optionalText(fields, 'environment'),
    jurisdiction: optionalText(fields, 'jurisdiction'),
    purpose: optionalText(fields, 'purpose'),
    operator: optionalText(fields, 'operator'),
    tags: texts(fields, 'tags'),
    owners: owners(fields),
  };
}

function credential(fields: Fields): CredentialDraft {
  const secret = optionalText(fields, 'secret');
  const draft: CredentialDraft = {
    type: 'credential',
    ...node(fields, 'credential'),
    identity: requiredText(fields, 'identity'),
    kind: oneOf(fields, 'kind', CREDENTIAL_KINDS),
    fingerprint: optionalText(fields, 'fingerprint'),
    secret: secret === null ? null : new Secret(secret),
    issuedAt: optionalInstant(fields, 'issuedAt'),
    expiresAt: optionalInstant(fields, 'expiresAt'),
    lastUsedAt: optionalInstant(fields, 'lastUsedAt'),
    scopes: texts(fields, 'scopes'),
  };
  if (draft.id === null && draft.refs.length === 0) {
    throw new Problem('a credential has an id or at least one reference');
  }
  return draft;
}

function thing(fields: Fields, type: ThingDraft['type']): ThingDraft {
  const tier = fields['tier'] ?? null;
  if (tier !== null && !(typeof tier === 'number' && Number.isInteger(tier) && tier > 0)) {
    throw new Problem('tier is not a whole number from 1');
  }
  return {
    type,
    ...node(fields, type),
    name: requiredText(fields, 'name'),
    environment: optionalText(fields, 'environment'),
    tags: texts(fields, 'tags'),
    tier,
    contact: optionalText(fields, 'contact'),
  };
}

function edge(fields: Fields): EdgeDraft {
  const basis = oneOf(fields, 'basis', BASES, 'declared');
  return {
    type: 'edge',
    from: requiredText(fields, 'from'),
    relation: oneOf(fields, 'relation', EDGE_RELATIONS),
    to: requiredText(fields, 'to'),
    basis,
    confidence: share(fields, 'confidence', basis === 'inferred' ? 0.5 : 1),
    observedAt: optionalInstant(fields, 'observedAt'),
  };
}

function record(fields: Fields): Draft {
  const types = ['identity', 'credential', 'edge', ...THING_TYPES] as const;
  const type = oneOf(fields, 'type', types);
  onlyKnown(fields, MEMBERS[type] ?? MEMBERS['thing'] ?? [], '');
  // The import names the source of everything in it; a line may repeat it for the reader.
  optionalText(fields, 'source');
  if (type === 'identity') return identity(fields);
  if (type === 'credential') return credential(fields);
  if (type === 'edge') return edge(fields);
  return thing(fields, type);
}

export type Parsed =
  | { readonly ok: true; readonly draft: Draft }
  | { readonly ok: false; readonly problem: string };

function parseJson(line: string): unknown {
  if (Buffer.byteLength(line) > LIMITS.inventoryLineBytesMax) {
    throw new Problem(`the line is longer than ${LIMITS.inventoryLineBytesMax} bytes`);
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
    return { ok: true, draft: record(value) };
  } catch (error) {
    if (error instanceof Problem) return { ok: false, problem: error.message };
    throw error;
  }
}
