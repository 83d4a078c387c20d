import { assert, present, randomInteger, type Clock, type Random } from '../kernel/index.ts';
import { createAudit, type Audit } from './audit.ts';
import type { Principal } from './enforcement.ts';
import {
  OPEN_POLICY,
  type CredentialState,
  type IdentityState,
  type Reply,
  type SessionState,
  type Subject,
  type TargetSpec,
  type View,
} from './model.ts';

/** What Firebreak's account on a target may do; the control plane refuses what is missing by this name. */
export const GRANTS = [
  'identity:read',
  'audit:read',
  'identity:restrict',
  'identity:suspend',
  'session:end',
  'credential:revoke',
  'credential:rotate',
  'identity:try',
] as const;
export type Grant = (typeof GRANTS)[number];

interface Pending {
  readonly atMs: number;
  readonly run: () => void;
}

const ALPHABET = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789';
const SECRET_LENGTH = 28;
/** Sessions of one identity, dead ones included. */
const SESSIONS_KEPT = 200;

export type NewIdentity = Pick<IdentityState, 'identity' | 'kind' | 'permissions'> &
  Partial<Pick<IdentityState, 'administrator' | 'groups' | 'mintedBy'>>;

export interface NewCredential {
  readonly ageMs?: number;
  readonly label?: string | null;
  readonly secret?: string;
  readonly lifetimeMs?: number;
}

function emptyView(): View {
  return { identities: new Map(), credentials: new Map(), sessions: new Map() };
}

/** One target system: two views of one state, and the changes on their way from the first to the second. */
export class TargetState {
  readonly spec: TargetSpec;
  readonly configured: View = emptyView();
  readonly audit: Audit;
  readonly account: { readonly identity: string; readonly token: string };
  readonly grants = new Set<Grant>(GRANTS);
  /** Replies by idempotency key, where keys are honoured. */
  readonly replies = new Map<string, { readonly digest: string; readonly reply: Reply }>();
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #effective: View = emptyView();
  readonly #pending: Pending[] = [];
  readonly #orderedUntilMs = new Map<string, number>();
  readonly #principals = new Map<string, Principal>();
  readonly #secrets = new Map<string, string>();
  readonly #lastUsedAtMs = new Map<string, number>();
  readonly #credentialsBy = new Map<string, string[]>();
  readonly #sessionsBy = new Map<string, string[]>();
  #propagation: TargetSpec['propagation'];

  constructor(spec: TargetSpec, clock: Clock, random: Random) {
    this.spec = spec;
    this.#clock = clock;
    this.#random = random;
    this.#propagation = spec.propagation;
    this.audit = createAudit(spec.name);
    this.account = { identity: 'firebreak', token: this.#text('fbacct_', SECRET_LENGTH) };
  }

  nowMs(): number {
    return this.#clock.nowMs();
  }

  /** What the data plane enforces at this instant. */
  effective(): View {
    const nowMs = this.#clock.nowMs();
    while (this.#pending.length > 0) {
      const next = this.#pending[0];
      if (next === undefined || next.atMs > nowMs) break;
      this.#pending.shift();
      next.run();
    }
    return this.#effective;
  }

  /** Delays of changes made from now on. */
  propagate(propagation: TargetSpec['propagation']): void {
    this.#propagation = propagation;
  }

  principalOf(secret: string): Principal | undefined {
    return this.#principals.get(secret);
  }

  /** The secret of a credential or session: the world is the only one who knows it. */
  secretOf(name: string): string {
    return present(this.#secrets.get(name), 'every credential has a secret');
  }

  touch(credential: string): void {
    this.#lastUsedAtMs.set(credential, this.#clock.nowMs());
  }

  lastUsedAtMs(credential: string): number | null {
    return this.#lastUsedAtMs.get(credential) ?? null;
  }

  changeIdentity(name: string, patch: Partial<IdentityState>): void {
    this.#change('identities', name, name, patch);
  }

  changeCredential(name: string, patch: Partial<CredentialState>): void {
    const before = present(this.configured.credentials.get(name), 'the credential was looked up');
    this.#change('credentials', name, before.identity, patch);
  }

  endSession(name: string): void {
    const before = present(this.configured.sessions.get(name), 'the session was looked up');
    this.#change('sessions', name, before.identity, { ended: true });
  }

  /** What is new works at once: nobody waits for an attacker's mint to propagate. */
  addIdentity(wanted: NewIdentity): IdentityState {
    const identity: IdentityState = {
      administrator: false,
      groups: [],
      mintedBy: null,
      enabled: true,
      revoked: false,
      policy: OPEN_POLICY,
      createdAtMs: this.#clock.nowMs(),
      ...wanted,
    };
    this.configured.identities.set(identity.identity, identity);
    this.effective().identities.set(identity.identity, identity);
    return identity;
  }

  addCredential(
    identity: string,
    mintedBy: string | null,
    { ageMs = 0, label = null, secret, lifetimeMs }: NewCredential = {},
  ): CredentialState {
    const credential: CredentialState = {
      credential: this.#text('key-', 10),
      identity,
      kind: this.spec.credentialKind,
      enabled: true,
      revoked: false,
      policy: OPEN_POLICY,
      mintedBy,
      issuedAtMs: this.#clock.nowMs() - ageMs,
      expiresAtMs: lifetimeMs === undefined ? null : this.#clock.nowMs() + lifetimeMs,
      replacedBy: null,
      label,
    };
    this.configured.credentials.set(credential.credential, credential);
    this.effective().credentials.set(credential.credential, credential);
    append(this.#credentialsBy, identity, credential.credential);
    this.#remember(secret ?? this.#text(`${this.spec.credentialRef}_`, SECRET_LENGTH), {
      type: 'credential',
      credential: credential.credential,
    });
    return credential;
  }

  addSession(opened: CredentialState, source: string): SessionState {
    const { bearerTokenMs } = this.spec;
    const nowMs = this.#clock.nowMs();
    const view = this.effective();
    const identity = present(view.identities.get(opened.identity), 'a login was allowed');
    const credential = present(view.credentials.get(opened.credential), 'a login was allowed');
    const session: SessionState = {
      session: this.#text('ses-', 12),
      identity: opened.identity,
      credential: opened.credential,
      sinceMs: nowMs,
      source,
      expiresAtMs: bearerTokenMs === null ? null : nowMs + bearerTokenMs,
      bearer: bearerTokenMs !== null,
      ended: false,
      policies: [identity.policy, credential.policy],
    };
    this.configured.sessions.set(session.session, session);
    view.sessions.set(session.session, session);
    this.#forgetDead(opened.identity);
    append(this.#sessionsBy, opened.identity, session.session);
    this.#remember(this.#text('tok_', SECRET_LENGTH), {
      type: 'session',
      session: session.session,
    });
    return session;
  }

  credentialsOf(identity: string): readonly CredentialState[] {
    return lookUp(this.configured.credentials, this.#credentialsBy.get(identity));
  }

  /** Sessions the control plane can list: bearer tokens are not among them. */
  sessionsOf(view: View, subject: Subject): readonly SessionState[] {
    return lookUp(view.sessions, this.#sessionsBy.get(subject.identity)).filter(
      (each) =>
        !each.bearer &&
        (subject.session === undefined || each.session === subject.session) &&
        (subject.credential === undefined || each.credential === subject.credential),
    );
  }

  /** Sessions that are over everywhere would otherwise pile up for as long as workloads log in again. */
  #forgetDead(identity: string): void {
    const names = this.#sessionsBy.get(identity) ?? [];
    if (names.length < SESSIONS_KEPT) return;
    const nowMs = this.#clock.nowMs();
    const dead = lookUp(this.#effective.sessions, names).filter(
      (each) => each.ended || (each.expiresAtMs !== null && each.expiresAtMs <= nowMs),
    );
    for (const { session } of dead.slice(0, SESSIONS_KEPT / 2)) {
      this.configured.sessions.delete(session);
      this.#effective.sessions.delete(session);
      this.#principals.delete(this.secretOf(session));
      this.#secrets.delete(session);
    }
    this.#sessionsBy.set(
      identity,
      names.filter((name) => this.#effective.sessions.has(name)),
    );
  }

  newName(prefix: string): string {
    return this.#text(prefix, 6).toLowerCase();
  }

  #change(
    part: 'identities' | 'credentials' | 'sessions',
    name: string,
    identity: string,
    patch: Partial<IdentityState> | Partial<CredentialState> | Partial<SessionState>,
  ): void {
    merge(this.configured[part], name, patch);
    this.#propagate(identity, () => {
      merge(this.#effective[part], name, patch);
    });
  }

  /** INVARIANT: changes of one identity take effect in the order they were made, so the views meet in the end. */
  #propagate(identity: string, run: () => void): void {
    const { minMs, maxMs } = this.#propagation;
    const delayMs = minMs + randomInteger(this.#random, maxMs - minMs + 1);
    const earliestMs = this.#orderedUntilMs.get(identity) ?? 0;
    const atMs = Math.max(this.#clock.nowMs() + delayMs, earliestMs);
    this.#orderedUntilMs.set(identity, atMs);
    let index = this.#pending.length;
    while (index > 0 && (this.#pending[index - 1]?.atMs ?? 0) > atMs) index -= 1;
    this.#pending.splice(index, 0, { atMs, run });
  }

  #remember(secret: string, principal: Principal): void {
    assert(!this.#principals.has(secret), 'secrets are unique');
    this.#principals.set(secret, principal);
    const name = principal.type === 'credential' ? principal.credential : principal.session;
    this.#secrets.set(name, secret);
  }

  #text(prefix: string, length: number): string {
    let text = prefix;
    for (let index = 0; index < length; index += 1) {
      text += ALPHABET.charAt(randomInteger(this.#random, ALPHABET.length));
    }
    return text;
  }
}

function append(index: Map<string, string[]>, name: string, value: string): void {
  const values = index.get(name);
  if (values === undefined) index.set(name, [value]);
  else values.push(value);
}

function lookUp<State>(
  states: ReadonlyMap<string, State>,
  names: readonly string[] | undefined,
): readonly State[] {
  return (names ?? []).flatMap((name) => states.get(name) ?? []);
}

function merge(states: Map<string, object>, name: string, patch: object): void {
  const before = states.get(name);
  if (before !== undefined) states.set(name, { ...before, ...patch });
}
