import { EDGE_RELATIONS, type Basis, type EdgeRelation } from '../inventory/index.ts';
import { present } from '../kernel/index.ts';
import type { ReachedKind } from './model.ts';

/** Numbers that arrays hold instead of words. */
export const KINDS: readonly ReachedKind[] = [
  'unknown',
  'identity',
  'credential',
  'store',
  'workload',
  'service',
  'resource',
  'party',
];
export const BASES: readonly Basis[] = ['inferred', 'declared', 'observed'];

export const kindNumber = (kind: ReachedKind): number => KINDS.indexOf(kind);
export const relationNumber = (relation: EdgeRelation): number => EDGE_RELATIONS.indexOf(relation);
export const kindOfNumber = (number: number): ReachedKind =>
  present(KINDS[number], 'a stored kind is one of ours');
export const relationOfNumber = (number: number): EdgeRelation =>
  present(EDGE_RELATIONS[number], 'a stored relation is one of ours');
export const basisOfNumber = (number: number): Basis =>
  present(BASES[number], 'a stored basis is one of ours');

/** Confidence is kept in ten-thousandths, time in seconds: enough to compare and to show. */
export const CONFIDENCE_ONE = 10_000;

/** Words that repeat often, each kept once. Number 0 is the empty word. */
export class Words {
  readonly #numbers = new Map<string, number>([['', 0]]);
  readonly #words: string[] = [''];

  number(word: string): number {
    const known = this.#numbers.get(word);
    if (known !== undefined) return known;
    const number = this.#words.length;
    this.#numbers.set(word, number);
    this.#words.push(word);
    return number;
  }

  word(number: number): string {
    return this.#words[number] ?? '';
  }
}

/** Doubles, so that adding one by one stays cheap. */
function grown<Numbers extends Uint8Array | Uint16Array | Uint32Array>(
  array: Numbers,
  make: (length: number) => Numbers,
  needed: number,
): Numbers {
  if (needed <= array.length) return array;
  const larger = make(Math.max(needed, array.length * 2, 1_024));
  larger.set(array);
  return larger;
}

const bytes = (length: number): Uint8Array => new Uint8Array(length);
const shorts = (length: number): Uint16Array => new Uint16Array(length);
const longs = (length: number): Uint32Array => new Uint32Array(length);

export interface EdgeFacts {
  readonly relation: number;
  readonly basis: number;
  /** In ten-thousandths. */
  readonly confidence: number;
  readonly observedS: number;
  readonly source: number;
}

/**
 * Edges as an attacker goes them: tail to head. An edge is a number; the attributes of one edge lie at the same place of
 * each array.
 */
export class EdgeColumns {
  count = 0;
  tails = longs(0);
  heads = longs(0);
  relations = bytes(0);
  bases = bytes(0);
  confidences = shorts(0);
  observedS = longs(0);
  sources = shorts(0);

  reserve(count: number): void {
    this.tails = grown(this.tails, longs, count);
    this.heads = grown(this.heads, longs, count);
    this.relations = grown(this.relations, bytes, count);
    this.bases = grown(this.bases, bytes, count);
    this.confidences = grown(this.confidences, shorts, count);
    this.observedS = grown(this.observedS, longs, count);
    this.sources = grown(this.sources, shorts, count);
  }

  add(tail: number, head: number, facts: EdgeFacts): number {
    const edge = this.count;
    if (edge >= this.tails.length) this.reserve(edge + 1);
    this.tails[edge] = tail;
    this.heads[edge] = head;
    this.set(edge, facts);
    this.count = edge + 1;
    return edge;
  }

  set(edge: number, facts: EdgeFacts): void {
    this.relations[edge] = facts.relation;
    this.bases[edge] = facts.basis;
    this.confidences[edge] = facts.confidence;
    this.observedS[edge] = facts.observedS;
    this.sources[edge] = facts.source;
  }

  facts(edge: number): EdgeFacts {
    return {
      relation: this.relations[edge] ?? 0,
      basis: this.bases[edge] ?? 0,
      confidence: this.confidences[edge] ?? 0,
      observedS: this.observedS[edge] ?? 0,
      source: this.sources[edge] ?? 0,
    };
  }

  /** Copies edges into their places of another set of columns; `to` counts up. */
  copyInto(target: EdgeColumns, order: Uint32Array, from: number, until: number): void {
    for (let place = from; place < until; place += 1) {
      const edge = order[place] ?? 0;
      target.tails[place] = this.tails[edge] ?? 0;
      target.heads[place] = this.heads[edge] ?? 0;
      target.relations[place] = this.relations[edge] ?? 0;
      target.bases[place] = this.bases[edge] ?? 0;
      target.confidences[place] = this.confidences[edge] ?? 0;
      target.observedS[place] = this.observedS[edge] ?? 0;
      target.sources[place] = this.sources[edge] ?? 0;
    }
  }

  byteLength(): number {
    return (
      this.tails.byteLength +
      this.heads.byteLength +
      this.relations.byteLength +
      this.bases.byteLength +
      this.confidences.byteLength +
      this.observedS.byteLength +
      this.sources.byteLength
    );
  }
}

/** Seen beats said, said beats guessed; then the surer, then the newer, then (so that order never matters) the source. */
export function isStronger(left: EdgeFacts, right: EdgeFacts): boolean {
  if (left.basis !== right.basis) return left.basis > right.basis;
  if (left.confidence !== right.confidence) return left.confidence > right.confidence;
  if (left.observedS !== right.observedS) return left.observedS > right.observedS;
  return left.source < right.source;
}

/** Between the scopes of a list; no scope holds a line end. */
const SEPARATOR = '\n';

export interface NodeFacts {
  readonly kind: number;
  readonly name: string;
  readonly environment: string | null;
  readonly tier: number | null;
  /** Who answers for it: the surest claim. */
  readonly owner: string;
  readonly tenant: string;
  /** Of a credential: which kind of credential. */
  readonly subkind: string;
  readonly lastUsedAt: string | null;
  /** Of a credential's secret: two with the same one are copies. */
  readonly fingerprint: string | null;
  /** Of a credential: what it grants. Empty = not known. */
  readonly scopes: readonly string[];
  /** Of a credential: what was seen in use; null = nobody watches. */
  readonly usedScopes: readonly string[] | null;
  /** Of a consumer: the scopes that it says it needs; empty = it says nothing. */
  readonly needs: readonly string[];
}

/** A node is a number for as long as the map lives; what is gone keeps its number and becomes unknown. */
export class NodeColumns {
  readonly ids: string[] = [];
  readonly names: string[] = [];
  readonly words = new Words();
  /** Who reports edges; apart from the other words, so that their numbers stay small. */
  readonly sources = new Words();
  readonly lastUsed = new Map<number, string>();
  readonly #needs = new Map<number, readonly string[]>();
  readonly #fingerprints = new Map<number, string>();
  readonly #byFingerprint = new Map<string, Set<number>>();
  /** What a search counts, in one byte: the kind, and whether it is production or a critical service. */
  labels = bytes(0);
  tiers = bytes(0);
  environments = longs(0);
  owners = longs(0);
  tenants = longs(0);
  subkinds = longs(0);
  /** Lists of scopes as words: most credentials share theirs with many others. */
  scopes = longs(0);
  usedScopes = longs(0);
  readonly #numbers = new Map<string, number>();

  get count(): number {
    return this.ids.length;
  }

  find(id: string): number | undefined {
    return this.#numbers.get(id);
  }

  /** The number of an id; an id that no record has is a node of unknown kind. */
  number(id: string): number {
    const known = this.#numbers.get(id);
    if (known !== undefined) return known;
    const node = this.ids.length;
    this.#numbers.set(id, node);
    this.ids.push(id);
    this.names.push(id);
    if (node >= this.labels.length) this.#reserve(node + 1);
    return node;
  }

  #reserve(count: number): void {
    this.labels = grown(this.labels, bytes, count);
    this.tiers = grown(this.tiers, bytes, count);
    this.environments = grown(this.environments, longs, count);
    this.owners = grown(this.owners, longs, count);
    this.tenants = grown(this.tenants, longs, count);
    this.subkinds = grown(this.subkinds, longs, count);
    this.scopes = grown(this.scopes, longs, count);
    this.usedScopes = grown(this.usedScopes, longs, count);
  }

  set(id: string, facts: NodeFacts): number {
    const node = this.number(id);
    this.names[node] = facts.name;
    this.labels[node] = labelOf(facts);
    // 255 stands for a tier that nobody declared; 0 is what a node without a record has.
    this.tiers[node] = facts.tier === null ? 255 : Math.min(254, Math.max(0, facts.tier));
    this.environments[node] = facts.environment === null ? 0 : this.words.number(facts.environment);
    this.owners[node] = this.words.number(facts.owner);
    this.tenants[node] = this.words.number(facts.tenant);
    this.subkinds[node] = this.words.number(facts.subkind);
    if (facts.lastUsedAt === null) this.lastUsed.delete(node);
    else this.lastUsed.set(node, facts.lastUsedAt);
    this.#setScopes(node, facts);
    this.#setFingerprint(node, facts.fingerprint);
    return node;
  }

  #setScopes(node: number, { scopes, usedScopes, needs }: NodeFacts): void {
    this.scopes[node] = this.words.number(scopes.join(SEPARATOR));
    this.usedScopes[node] =
      usedScopes === null ? 0 : this.words.number(`${SEPARATOR}${usedScopes.join(SEPARATOR)}`);
    if (needs.length === 0) this.#needs.delete(node);
    else this.#needs.set(node, needs);
  }

  /** What a credential grants; empty = not known. */
  scopesOf(node: number): readonly string[] {
    const word = this.words.word(this.scopes[node] ?? 0);
    return word === '' ? [] : word.split(SEPARATOR);
  }

  /** What of a credential was seen in use; null = nobody watches. */
  usedScopesOf(node: number): readonly string[] | null {
    const word = this.words.word(this.usedScopes[node] ?? 0);
    return word === '' ? null : word.slice(1).split(SEPARATOR);
  }

  needsOf(node: number): readonly string[] {
    return this.#needs.get(node) ?? [];
  }

  /** Credentials that hold the same secret as this one, itself among them. */
  sameSecret(node: number): readonly number[] {
    const fingerprint = this.#fingerprints.get(node);
    const same = fingerprint === undefined ? undefined : this.#byFingerprint.get(fingerprint);
    return same === undefined ? [node] : [...same].toSorted((left, right) => left - right);
  }

  #setFingerprint(node: number, fingerprint: string | null): void {
    const before = this.#fingerprints.get(node);
    if (before === (fingerprint ?? undefined)) return;
    if (before !== undefined) this.#byFingerprint.get(before)?.delete(node);
    if (fingerprint === null) {
      this.#fingerprints.delete(node);
      return;
    }
    this.#fingerprints.set(node, fingerprint);
    const same = this.#byFingerprint.get(fingerprint) ?? new Set();
    this.#byFingerprint.set(fingerprint, same.add(node));
  }

  forget(id: string): void {
    if (this.find(id) === undefined) return;
    this.set(id, { ...NOTHING_KNOWN, name: id });
  }

  byteLength(): number {
    return (
      this.labels.byteLength +
      this.tiers.byteLength +
      this.environments.byteLength +
      this.owners.byteLength +
      this.tenants.byteLength +
      this.subkinds.byteLength +
      this.scopes.byteLength +
      this.usedScopes.byteLength
    );
  }
}

const PRODUCTION = /^prod(?:uction)?$/iu;
/** The bits of a label above the kind. */
export const KIND_BITS = 15;
export const IN_PRODUCTION = 16;
export const IS_CRITICAL = 32;
export const LABELS = 64;

function labelOf({ kind, environment, tier }: NodeFacts): number {
  const production = PRODUCTION.test(environment ?? '') ? IN_PRODUCTION : 0;
  const critical = tier === 1 && kindOfNumber(kind) === 'service' ? IS_CRITICAL : 0;
  return kind | production | critical;
}

const NOTHING_KNOWN: NodeFacts = {
  kind: 0,
  name: '',
  environment: null,
  tier: null,
  owner: '',
  tenant: '',
  subkind: '',
  lastUsedAt: null,
  fingerprint: null,
  scopes: [],
  usedScopes: null,
  needs: [],
};
