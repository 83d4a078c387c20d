// The gate's wire protocol: what a guard and the gate say to each other. This package has no dependencies.

/** What the gate does with requests of a restricted identity. Strongest first. */
export type RestrictionEffect = 'deny' | 'pause' | 'step-up' | 'constrain';

/** What a constrained identity may still do. A list that is absent says nothing. */
export interface Constraint {
  /** Only these actions pass. */
  readonly allowActions?: readonly string[];
  /** These actions are refused, whatever else is said. */
  readonly denyActions?: readonly string[];
  /** Only these resources pass, as `type:id`. */
  readonly allowResources?: readonly string[];
}

/**
 * One restriction that is in force, or has been lifted. Guards keep the newest of each id.
 *
 * @example
 * ```ts
 * const paused: Restriction = {
 *   id: 'rst_01',
 *   revision: 41,
 *   identity: 'idn_01',
 *   credential: null,
 *   aliases: ['idn_01', 'agents:agent:invoice-bot'],
 *   effect: 'pause',
 *   constraint: null,
 *   incident: 'inc_01',
 *   reason: 'off-intent action under investigation',
 *   since: '2026-12-01T03:00:00.000Z',
 *   until: null,
 *   liftedAt: null,
 * };
 * ```
 */
export interface Restriction {
  readonly id: string;
  /** Grows with every change of any restriction; 0 = its commit has not been read back yet. */
  readonly revision: number;
  readonly identity: string;
  /** Set when only one credential of the identity is restricted. */
  readonly credential: string | null;
  /** Every name under which a request may speak of the restricted subject. */
  readonly aliases: readonly string[];
  readonly effect: RestrictionEffect;
  readonly constraint: Constraint | null;
  readonly incident: string | null;
  readonly reason: string;
  /** RFC 3339, UTC. */
  readonly since: string;
  readonly until: string | null;
  readonly liftedAt: string | null;
}

/**
 * An access evaluation request of the OpenID AuthZEN Authorization API 1.0. The subject's id is a Firebreak id, an
 * external reference `system:type:value`, or the value when the subject's type is `system:type`. The credential in use
 * can be named in `subject.properties.credential`.
 *
 * @example
 * ```ts
 * const request: EvaluationRequest = {
 *   subject: { type: 'identity', id: 'agents:agent:invoice-bot' },
 *   action: { name: 'payments.create' },
 *   resource: { type: 'account', id: '4711' },
 * };
 * ```
 */
export interface EvaluationRequest {
  readonly subject: Entity;
  readonly action: {
    readonly name: string;
    readonly properties?: Readonly<Record<string, unknown>>;
  };
  readonly resource: Entity;
  readonly context?: Readonly<Record<string, unknown>>;
}

export interface Entity {
  readonly type: string;
  readonly id: string;
  readonly properties?: Readonly<Record<string, unknown>>;
}

/** Why a request was answered as it was. */
export type EvaluationReason =
  | 'no-restriction'
  | 'denied'
  | 'paused'
  | 'step-up-required'
  | 'outside-constraint'
  | 'inside-constraint'
  | 'stale-view';

/**
 * The answer. `stale` is present when the gate could not refresh its view in time; the gate's policy (`strict` denies,
 * `last-known` answers from what it knew) is stated with it.
 *
 * @example
 * ```ts
 * const denied: EvaluationResponse = {
 *   decision: false,
 *   context: { reason: 'paused', restriction: 'rst_01', incident: 'inc_01', revision: 41 },
 * };
 * ```
 */
export interface EvaluationResponse {
  readonly decision: boolean;
  readonly context: {
    readonly reason: EvaluationReason;
    readonly restriction?: string;
    readonly incident?: string;
    /** The newest change that the gate had seen. */
    readonly revision: number;
    readonly stale?: { readonly sinceMs: number; readonly policy: StalenessPolicy };
  };
}

/** What a gate does when its view is older than it may be. */
export type StalenessPolicy = 'strict' | 'last-known';
