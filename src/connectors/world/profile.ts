import type { Guarantee, Json, JsonObject } from '../../kernel/index.ts';
import type { Capabilities, GuaranteeCapability, NarrowHold, Vantage } from '../contract.ts';

/** What a target of the world says of itself; fixed for the life of a connector. */
export interface WorldProfile {
  readonly target: string;
  readonly system: string;
  readonly grain: GuaranteeCapability['grain'];
  readonly honoursIdempotencyKeys: boolean;
  readonly propagationMs: number;
  /** False: an open session keeps the policies of its login, so that even G2 has to end sessions. */
  readonly policiesBiteInSessions: boolean;
  readonly residual: { readonly forMs: number; readonly why: string } | null;
  readonly callTimeoutMs: number;
  readonly concurrentCallsMax: number;
  readonly actsAs: string;
  readonly secretFrom: 'caller' | 'target';
  readonly lifetimeMs: number | null;
  readonly hasInside: boolean;
  readonly endsOneSession: boolean;
}

export function textIn(body: JsonObject, name: string): string {
  const value = body[name];
  return typeof value === 'string' ? value : '';
}

export function textOrNull(body: JsonObject, name: string): string | null {
  const value = body[name];
  return typeof value === 'string' ? value : null;
}

export function numberIn(body: JsonObject, name: string): number {
  const value = body[name];
  return typeof value === 'number' ? value : 0;
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function objectIn(body: JsonObject, name: string): JsonObject {
  const value = body[name];
  return isObject(value) ? value : {};
}

export function objectsIn(body: JsonObject, name: string): readonly JsonObject[] {
  const value = body[name];
  return Array.isArray(value) ? value.filter(isObject) : [];
}

export function textsIn(body: JsonObject, name: string): readonly string[] {
  const value = body[name];
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
}

export function readProfile(body: JsonObject): WorldProfile {
  const residual = body['residual'];
  return {
    target: textIn(body, 'target'),
    system: textIn(body, 'system'),
    grain: body['grain'] === 'identity' ? 'identity' : 'credential',
    honoursIdempotencyKeys: body['honoursIdempotencyKeys'] === true,
    propagationMs: numberIn(body, 'propagationMs'),
    policiesBiteInSessions: body['policiesBiteInSessions'] === true,
    residual: isObject(residual)
      ? { forMs: numberIn(residual, 'forMs'), why: textIn(residual, 'why') }
      : null,
    callTimeoutMs: numberIn(body, 'callTimeoutMs'),
    concurrentCallsMax: numberIn(body, 'concurrentCallsMax'),
    actsAs: textIn(body, 'actsAs'),
    secretFrom: body['secretFrom'] === 'caller' ? 'caller' : 'target',
    lifetimeMs: typeof body['lifetimeMs'] === 'number' ? body['lifetimeMs'] : null,
    hasInside: body['hasInside'] === true,
    endsOneSession: body['endsOneSession'] === true,
  };
}

export const LEAST_PRIVILEGE = [
  'identity:read',
  'audit:read',
  'identity:restrict',
  'identity:suspend',
  'session:end',
  'credential:revoke',
  'credential:rotate',
  'identity:try',
] as const;

function oneSession(propagationMs: number): NarrowHold {
  return { grain: 'session', propagationMs, probeMethod: 'impersonation' };
}

const OUTSIDE: Vantage = { name: 'outside', how: 'the public entrance of the target' };
const INSIDE: Vantage = { name: 'inside', how: 'the entrance that workloads use' };
const READ_BACK: Vantage = { name: 'control-plane', how: 'the state that the control plane shows' };

export function capabilitiesOf(profile: WorldProfile): Capabilities {
  const { grain, propagationMs, residual } = profile;
  const capability = (guarantee: Guarantee): GuaranteeCapability => {
    // A bearer token cannot be ended and outlives a suspension; policies stop it only where they bite in sessions.
    const policy = guarantee === 'G1' || guarantee === 'G2' || guarantee === 'G3';
    const outlives = residual !== null && !(policy && profile.policiesBiteInSessions);
    return {
      guarantee,
      grain,
      propagationMs,
      reversible: guarantee !== 'G5',
      // What is given back is enforced after the same delay as what was taken.
      ...(guarantee === 'G5' ? {} : { restoreMs: propagationMs }),
      ...(outlives ? { residual } : {}),
    };
  };
  return {
    target: profile.target,
    system: profile.system,
    honoursIdempotencyKeys: profile.honoursIdempotencyKeys,
    callTimeoutMs: profile.callTimeoutMs,
    concurrentCallsMax: profile.concurrentCallsMax,
    guarantees: (['G1', 'G2', 'G3', 'G4', 'G5'] as const).map(capability),
    ...(profile.endsOneSession ? { holds: [oneSession(propagationMs)] } : {}),
    vantages: [OUTSIDE, ...(profile.hasInside ? [INSIDE] : []), READ_BACK],
    probeMethods: ['secret', 'impersonation'],
    actsAs: profile.actsAs,
    leastPrivilege: LEAST_PRIVILEGE,
  };
}
