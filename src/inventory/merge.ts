import { present } from '../kernel/index.ts';
import { branded } from './facts.ts';
import type {
  CredentialRecord,
  ExternalRef,
  FactOrigin,
  Gone,
  IdentityRecord,
  OwnerClaim,
  ThingRecord,
} from './model.ts';
import { parseRefText } from './refs.ts';
import type { Facts, NodeWord } from './schema.ts';

/** What one source says of one thing. */
export interface Statement {
  readonly source: string;
  readonly observedAt: string;
  /** Null while the source still says so. */
  readonly goneAt: string | null;
  readonly facts: Facts;
}

export interface NodeStatements {
  readonly id: string;
  readonly word: NodeWord;
  readonly statements: readonly Statement[];
}

export type NodeRecord = IdentityRecord | CredentialRecord | ThingRecord;

/** What was seen last comes first; the name decides between equals, so that every node merges alike. */
function isBefore(left: Statement, right: Statement): number {
  if (left.observedAt !== right.observedAt) return left.observedAt > right.observedAt ? -1 : 1;
  return left.source < right.source ? -1 : 1;
}

interface View {
  /** Live ones first; what is gone fills only what nobody else says. */
  readonly ordered: readonly Statement[];
  readonly live: readonly Statement[];
  readonly gone: Gone | null;
}

function viewOf(statements: readonly Statement[]): View {
  const live = statements.filter(({ goneAt }) => goneAt === null).toSorted(isBefore);
  const past = statements.filter(({ goneAt }) => goneAt !== null).toSorted(isBefore);
  if (live.length > 0) return { ordered: [...live, ...past], live, gone: null };
  let last: Gone | null = null;
  for (const { goneAt, source } of past) {
    if (goneAt !== null && (last === null || goneAt > last.at)) last = { at: goneAt, source };
  }
  return { ordered: past, live: past, gone: last };
}

/** What is taken from a source that no longer reports the thing: without these there is no record at all. */
const KEPT = new Set(['kind', 'name', 'target', 'identity']);
const LISTS = new Set(['refs', 'tags', 'owners']);

interface Chosen {
  readonly facts: Facts;
  readonly provenance: Readonly<Record<string, FactOrigin>>;
}

/** Field by field: the newest statement that says something about it. */
function choose({ ordered, live }: View): Chosen {
  const facts: Record<string, unknown> = {};
  const provenance: Record<string, FactOrigin> = {};
  for (const statement of ordered) {
    const isLive = live.includes(statement);
    const { source, observedAt } = statement;
    for (const [member, value] of Object.entries(statement.facts)) {
      if (member === 'observedAt' || LISTS.has(member) || Object.hasOwn(facts, member)) continue;
      if (!isLive && !KEPT.has(member)) continue;
      facts[member] = value;
      provenance[member] = { source, observedAt };
    }
  }
  for (const member of LISTS) {
    const from = live.find(({ facts: said }) => said[member] !== undefined);
    if (from === undefined) continue;
    provenance[member] = { source: from.source, observedAt: from.observedAt };
  }
  return { facts, provenance };
}

// The facts in these rows were written by schema.ts, which checked each of them.
const textIn = (facts: Facts, member: string): string | null =>
  (facts[member] ?? null) as string | null;
// As above.
const numberIn = (facts: Facts, member: string): number | null =>
  (facts[member] ?? null) as number | null;
// As above.
const wordIn = <Word extends string>(facts: Facts, member: string): Word | null =>
  (facts[member] ?? null) as Word | null;

function textsIn(facts: Facts, member: string): readonly string[] {
  // As above.
  return (facts[member] ?? []) as readonly string[];
}

function unionOf(statements: readonly Statement[], member: string): readonly string[] {
  return [...new Set(statements.flatMap(({ facts }) => textsIn(facts, member)))];
}

function refsOf(statements: readonly Statement[]): readonly ExternalRef[] {
  return unionOf(statements, 'refs').map((text) => present(parseRefText(text), 'a reference'));
}

function claimsOf(statements: readonly Statement[]): readonly OwnerClaim[] {
  return statements.flatMap(({ source, facts, observedAt }) => {
    // As above.
    const claims = (facts['owners'] ?? []) as readonly (Omit<OwnerClaim, 'assertedAt'> & {
      readonly assertedAt?: string;
    })[];
    // An undated claim is as old as the import that first made it.
    return claims.map((claim) => ({
      ...claim,
      assertedAt: claim.assertedAt ?? observedAt,
      source,
    }));
  });
}

function commonOf(view: View, { provenance }: Chosen) {
  const first = present(view.ordered[0], 'a node has a statement');
  return {
    source: first.source,
    observedAt: first.observedAt,
    refs: refsOf(view.live),
    gone: view.gone,
    provenance,
    sources: view.gone === null ? view.live.map(({ source }) => source) : [],
  };
}

function identityOf(id: string, view: View, chosen: Chosen): IdentityRecord | null {
  const { facts } = chosen;
  const kind = wordIn<IdentityRecord['kind']>(facts, 'kind');
  const name = textIn(facts, 'name');
  const target = textIn(facts, 'target');
  if (kind === null || name === null || target === null) return null;
  return {
    type: 'identity',
    id: branded('identity', id),
    kind,
    name,
    target,
    environment: textIn(facts, 'environment'),
    jurisdiction: textIn(facts, 'jurisdiction'),
    purpose: textIn(facts, 'purpose'),
    operator: textIn(facts, 'operator'),
    tenant: textIn(facts, 'tenant'),
    exposure: wordIn(facts, 'exposure'),
    rotationDays: numberIn(facts, 'rotationDays'),
    tags: unionOf(view.live, 'tags'),
    owners: claimsOf(view.live),
    ...commonOf(view, chosen),
  };
}

function credentialOf(id: string, view: View, chosen: Chosen): CredentialRecord | null {
  const { facts } = chosen;
  const kind = wordIn<CredentialRecord['kind']>(facts, 'kind');
  const identity = textIn(facts, 'identity');
  if (kind === null || identity === null) return null;
  return {
    type: 'credential',
    id: branded('credential', id),
    identity: branded('identity', identity),
    kind,
    fingerprint: textIn(facts, 'fingerprint'),
    issuedAt: textIn(facts, 'issuedAt'),
    expiresAt: textIn(facts, 'expiresAt'),
    lastUsedAt: textIn(facts, 'lastUsedAt'),
    lastUsedBasis: wordIn(facts, 'lastUsedBasis'),
    scopes: textsIn(facts, 'scopes'),
    usedScopes: facts['usedScopes'] === undefined ? null : textsIn(facts, 'usedScopes'),
    ...commonOf(view, chosen),
    gone: view.gone ?? endOf(view, chosen),
  };
}

/** Somebody ended it, whoever goes on listing it; a use since then says that it lives after all. */
function endOf({ ordered }: View, { facts, provenance }: Chosen): Gone | null {
  const at = textIn(facts, 'endedAt');
  const usedAt = textIn(facts, 'lastUsedAt');
  if (at === null || (usedAt !== null && usedAt > at)) return null;
  return { at, source: provenance['endedAt']?.source ?? ordered[0]?.source ?? '' };
}

function thingOf(
  { id, word }: { readonly id: string; readonly word: ThingRecord['type'] },
  view: View,
  chosen: Chosen,
): ThingRecord | null {
  const { facts } = chosen;
  const name = textIn(facts, 'name');
  if (name === null) return null;
  return {
    type: word,
    id,
    name,
    environment: textIn(facts, 'environment'),
    jurisdiction: textIn(facts, 'jurisdiction'),
    tags: unionOf(view.live, 'tags'),
    tier: numberIn(facts, 'tier'),
    contact: textIn(facts, 'contact'),
    partyKind: wordIn(facts, 'partyKind'),
    leftAt: textIn(facts, 'leftAt'),
    ...commonOf(view, chosen),
  };
}

function recordFrom(
  { id, word }: Pick<NodeStatements, 'id' | 'word'>,
  view: View,
  chosen: Chosen,
): NodeRecord | null {
  switch (word) {
    case 'identity':
      return identityOf(id, view, chosen);
    case 'credential':
      return credentialOf(id, view, chosen);
    default:
      return thingOf({ id, word }, view, chosen);
  }
}

/** One record from everything its sources say; null when none of them ever said enough. */
export function merge({ id, word, statements }: NodeStatements): NodeRecord | null {
  if (statements.length === 0) return null;
  const view = viewOf(statements);
  return recordFrom({ id, word }, view, choose(view));
}

/** The same where one source says everything and still does, without its provenance: for reading millions. */
export function recordOfOne(id: string, word: NodeWord, only: Statement): NodeRecord | null {
  const live = [only];
  const view = { ordered: live, live, gone: null };
  return recordFrom({ id, word }, view, { facts: only.facts, provenance: {} });
}
