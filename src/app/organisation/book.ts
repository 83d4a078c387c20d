import { toTimestamp } from '../../kernel/index.ts';
import type { Chance } from './chance.ts';
import type { CredentialPlan, EdgePlan, IdentityPlan } from './model.ts';

/** One line of Firebreak's inventory form. */
export type Line = Readonly<Record<string, unknown>>;

const DAY_MS = 86_400_000;
/** Edges that nobody has looked at for long: this share of all. */
export const STALE_EDGE_SHARE = 0.08;
export const STALE_EDGE_DAYS = 180;

/** Writes lines down, each thing once, with ages as times. */
export class Book {
  readonly #lines: Line[] = [];
  readonly #known = new Set<string>();
  readonly #atMs: number;
  readonly #chance: Chance;

  constructor(atMs: number, chance: Chance) {
    this.#atMs = atMs;
    this.#chance = chance;
  }

  get lines(): readonly Line[] {
    return this.#lines;
  }

  get identityCount(): number {
    return this.#lines.filter(({ type }) => type === 'identity').length;
  }

  /** Of everything of one type, in the order in which it was written down. */
  refsOf(type: string): readonly string[] {
    return this.#lines.flatMap((line) => {
      const refs: unknown = line['type'] === type ? line['refs'] : null;
      const first: unknown = Array.isArray(refs) ? refs[0] : null;
      return typeof first === 'string' ? [first] : [];
    });
  }

  at(ageDays: number): string {
    return toTimestamp(this.#atMs - Math.round(ageDays * DAY_MS));
  }

  thing(type: string, ref: string, name: string, facts: Line = {}): string {
    if (!this.#known.has(ref)) {
      this.#known.add(ref);
      this.#lines.push({ type, name, refs: [ref], ...facts });
    }
    return ref;
  }

  edge({ from, relation, to, basis = 'declared', ageDays }: EdgePlan): void {
    const key = `${from} ${relation} ${to}`;
    if (this.#known.has(key)) return;
    this.#known.add(key);
    const isStale = this.#chance.isSo(STALE_EDGE_SHARE);
    const drawn = isStale
      ? this.#chance.between(STALE_EDGE_DAYS + 1, 900)
      : this.#chance.between(0, basis === 'observed' ? 20 : 120);
    const observedAt = this.at(ageDays ?? drawn);
    this.#lines.push({ type: 'edge', from, relation, to, basis, observedAt });
  }

  identity(plan: IdentityPlan): void {
    const { jurisdiction } = plan.tenant;
    this.#lines.push({
      type: 'identity',
      kind: plan.kind,
      name: plan.name,
      target: plan.target,
      refs: [plan.ref, ...(plan.moreRefs ?? [])],
      environment: plan.environment,
      jurisdiction,
      tenant: plan.tenant.name,
      purpose: plan.purpose,
      ...(plan.operator === null ? {} : { operator: plan.operator }),
      ...(plan.exposure === null ? {} : { exposure: plan.exposure }),
      ...(plan.rotationDays === null ? {} : { rotationDays: plan.rotationDays }),
      ...(plan.tags.length === 0 ? {} : { tags: plan.tags }),
      ...(plan.owners.length === 0
        ? {}
        : {
            owners: plan.owners.map(({ ageDays, ...claim }) => ({
              ...claim,
              assertedAt: this.at(ageDays),
            })),
          }),
    });
    for (const credential of plan.credentials) this.#credential(plan.ref, credential);
  }

  #credential(identity: string, plan: CredentialPlan): void {
    const { kind, refs, expiresInDays, usedDaysAgo, scopes, usedScopes, secret } = plan;
    this.#lines.push({
      type: 'credential',
      identity,
      kind,
      refs,
      ...(secret === undefined ? {} : { secret }),
      issuedAt: this.at(plan.ageDays),
      ...(expiresInDays === null ? {} : { expiresAt: this.at(-expiresInDays) }),
      ...(usedDaysAgo === null
        ? {}
        : { lastUsedAt: this.at(usedDaysAgo), lastUsedBasis: 'observed' }),
      ...(scopes.length === 0 ? {} : { scopes }),
      ...(usedScopes === null ? {} : { usedScopes }),
    });
  }
}
