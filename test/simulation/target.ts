import type {
  Applied,
  CutOrder,
  DiscoveredCredential,
  Prepared,
  ReadBack,
  Reverted,
  RevertOrder,
} from '../../src/connectors/contract.ts';
import { digestOf, GUARANTEES, type Guarantee, toTimestamp } from '../../src/kernel/index.ts';
import type { Chance } from './chance.ts';
import { IDENTITY_REF } from './scenario.ts';

export type Act = 'use' | 'mint';
export type Verdict =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly by: Guarantee };

/** What really happened on the target, by its own books. */
export interface Effect {
  readonly verb: 'apply' | 'revert';
  readonly key: string;
  readonly orderDigest: string;
  readonly guarantee: Guarantee;
  readonly rearmed: boolean;
  /** What of the target it changed. */
  readonly flag: string;
}

interface Change {
  readonly atMs: number;
  readonly value: boolean;
}

interface Key {
  readonly issuedAtMs: number;
  readonly mintedBy: string | null;
}

export interface TargetParts {
  readonly nowMs: () => number;
  readonly chance: Chance;
  readonly honoursKeys: boolean;
  readonly delayMsMax: number;
  readonly onEffect: (effect: Effect) => void;
  /** What was done before no longer is: doing it once more is no repeat. */
  readonly onUndone: () => void;
}

const WHOLE = '*';

/** The simulated target: two views of one state, the second one late; it alone knows what took effect. */
export class Target {
  readonly credentials = new Map<string, Key>();
  readonly retired = new Set<string>();
  /** Who uses what: replaced when secrets are rotated. */
  readonly workloads = new Map<string, string>();
  readonly #parts: TargetParts;
  readonly #flags = new Map<string, Change[]>();
  readonly #answered = new Map<string, Applied>();
  #orderedUntilMs = 0;
  #minted = 0;

  constructor(parts: TargetParts) {
    this.#parts = parts;
  }

  addCredential(name: string, mintedBy: string | null, ageMs: number): void {
    this.credentials.set(name, { issuedAtMs: this.#parts.nowMs() - ageMs, mintedBy });
  }

  /** As the data plane enforces it at this instant. */
  judge(credential: string | null, act: Act): Verdict {
    for (const guarantee of GUARANTEES.toReversed()) {
      if ((guarantee === 'G2' || guarantee === 'G1') && act !== 'mint') continue;
      const own = credential !== null && this.#isEffective(credential, guarantee);
      if (own || this.#isEffective(WHOLE, guarantee)) return { allowed: false, by: guarantee };
    }
    return { allowed: true };
  }

  mint(by: string): string | null {
    if (!this.judge(by, 'mint').allowed) return null;
    this.#minted += 1;
    const name = `minted-${this.#minted}`;
    this.addCredential(name, by, 0);
    return name;
  }

  /** Somebody else undoes a cut by hand. */
  undo(): void {
    this.#parts.onUndone();
    for (const [key, changes] of this.#flags) {
      if (!key.endsWith(' G5') && changes.at(-1)?.value === true) this.#set(key, false);
    }
  }

  discover(): readonly DiscoveredCredential[] {
    return [...this.credentials].map(([credential, key]) => ({
      credential,
      identity: IDENTITY_REF,
      kind: 'api-key',
      issuedAt: toTimestamp(key.issuedAtMs),
      expiresAt: null,
      lastUsedAt: null,
      enabled: true,
      mintedBy: key.mintedBy,
      scopes: [],
    }));
  }

  prepare(order: CutOrder): Prepared {
    const before = this.#isConfigured(flagOf(order));
    return { preImage: { before }, inverse: order.guarantee === 'G5' ? null : { before } };
  }

  apply(order: CutOrder, key: string, partial: boolean): Applied {
    const answered = this.#answered.get(key);
    if (answered !== undefined && this.#parts.honoursKeys) return answered;
    if (partial) {
      return { state: 'partial', raw: {}, done: ['logins'], notDone: ['session-2'], unknown: [] };
    }
    const already = this.#isConfigured(flagOf(order));
    this.#parts.onEffect({
      verb: 'apply',
      key,
      orderDigest: digestOf({ verb: 'cut', order }),
      guarantee: order.guarantee,
      rearmed: false,
      flag: flagOf(order),
    });
    if (!already) this.#set(flagOf(order), true);
    const applied: Applied = { state: already ? 'already' : 'done', raw: { order: flagOf(order) } };
    this.#answered.set(key, applied);
    return applied;
  }

  readBack(order: CutOrder): ReadBack {
    return { state: this.#isConfigured(flagOf(order)) ? 'applied' : 'absent', raw: {} };
  }

  revert(order: RevertOrder, key: string): Reverted {
    const flag = flagOf(order);
    const before = order.preImage['before'] === true;
    const { guarantee, grain, rearmCredential } = order;
    const keepsDead = !rearmCredential && (guarantee === 'G3' || guarantee === 'G4');
    if (keepsDead && grain === 'credential') return { state: 'already', raw: {} };
    if (keepsDead) this.#rotate();
    if (this.#isConfigured(flag) === before) return { state: 'already', raw: {} };
    const orderDigest = digestOf({ verb: 'revert', order });
    this.#parts.onEffect({
      verb: 'revert',
      key,
      orderDigest,
      guarantee,
      rearmed: rearmCredential,
      flag,
    });
    this.#set(flag, before);
    return { state: 'done', raw: {} };
  }

  /** A new credential beside the old one; false when this one was made before and its answer got lost. */
  renew(label: string): boolean {
    if (this.credentials.has(label)) return false;
    this.addCredential(label, 'firebreak', 0);
    return true;
  }

  isEnded(name: string): boolean {
    return this.#isConfigured(`${name} G5`);
  }

  /** Ended for good, by a rotation. */
  retire(name: string): void {
    this.retired.add(name);
    this.#set(`${name} G5`, true);
  }

  /** All secrets of the identity are replaced; workloads read the new one from their store. */
  #rotate(): void {
    const live = [...this.credentials.keys()].filter((name) => !this.#isConfigured(`${name} G5`));
    if (live.every((name) => name.startsWith('rotated'))) return;
    for (const name of live) this.#set(`${name} G5`, true);
    this.#minted += 1;
    const fresh = `rotated-${this.#minted}`;
    this.addCredential(fresh, 'firebreak', 0);
    for (const workload of this.workloads.keys()) this.workloads.set(workload, fresh);
  }

  #isConfigured(flag: string): boolean {
    return this.#flags.get(flag)?.at(-1)?.value === true;
  }

  #isEffective(name: string, guarantee: Guarantee): boolean {
    const changes = this.#flags.get(`${name} ${guarantee}`);
    if (changes === undefined) return false;
    const nowMs = this.#parts.nowMs();
    return changes.findLast((change) => change.atMs <= nowMs)?.value === true;
  }

  /** Changes take effect in the order they were made. */
  #set(flag: string, value: boolean): void {
    const delayMs = this.#parts.chance.between(0, this.#parts.delayMsMax);
    const atMs = Math.max(this.#parts.nowMs() + delayMs, this.#orderedUntilMs);
    this.#orderedUntilMs = atMs;
    const changes = this.#flags.get(flag) ?? [];
    changes.push({ atMs, value });
    this.#flags.set(flag, changes);
  }
}

export function flagOf(order: Pick<CutOrder, 'subject' | 'guarantee'>): string {
  return `${order.subject.credential ?? WHOLE} ${order.guarantee}`;
}
