import {
  ConnectorFailure,
  type CallContext,
  type Connector,
  type Probed,
  type ProbeMethod,
  type ProbeRequest,
  type VantageTry,
} from '../connectors/contract.ts';
import { type JsonObject, reveal, toTimestamp } from '../kernel/index.ts';
import type { CutState, CutStatus } from './containment/model.ts';
import { probeMeansOf } from './containment/probe.ts';
import { isDenial, readBackTry, seenFromAll } from './containment/vantage.ts';
import { connectorOf } from './facts.ts';
import type { IncidentState } from './incident/model.ts';
import type { ResponseParts } from './parts.ts';

// How one cut is tried: from each vantage that the connector declares.

export interface CutWork {
  readonly state: IncidentState;
  readonly cut: CutState;
  readonly connector: Connector;
  readonly call: CallContext;
}

/** With the instant it speaks for: by the time it is recorded, a change may have taken effect that it did not meet. */
export async function tried(parts: ResponseParts, work: CutWork): Promise<object> {
  const atMs = parts.clock.nowMs();
  const probed = await tryFromAll(parts, work);
  return { probed, atMs, ...(await driftOf(work, probed)) };
}

const HELD: ReadonlySet<CutStatus> = new Set(['proven', 'residual', 'irrevocable']);

/** A cut that held and no longer does: whether it is gone, and who took it away, as far as the target says. */
async function driftOf(work: CutWork, probed: Probed): Promise<JsonObject> {
  if (!HELD.has(work.cut.status) || probed.observed === 'no-answer') return {};
  const isOther = probed.observed === 'denied' && !probed.expected && probed.control === 'works';
  try {
    const isGone =
      isOther && (await work.connector.readBack(work.cut.order, work.call)).state === 'absent';
    if (probed.observed === 'denied' && !isGone) return {};
    return { isGone, undoneBy: await lastOther(work) };
  } catch (error) {
    // Who it was is good to know; that it is undone is what has to be said.
    if (!(error instanceof ConnectorFailure)) throw error;
    return {};
  }
}

async function lastOther({ connector, cut, call }: CutWork): Promise<string | null> {
  const { order, appliedAtMs } = cut;
  const since = toTimestamp(appliedAtMs ?? 0);
  const changes = (await connector.changes?.(order.subject, since, call)) ?? [];
  const { actsAs } = connector.describe();
  const last = changes.findLast((one) => one.actor !== actsAs);
  return last === undefined ? null : `${last.actor} (${last.what}, ${last.at.slice(11, 19)})`;
}

/** The other vantages can only take a denial away: while the outside is let in there is no need to look. */
async function tryFromAll(parts: ResponseParts, work: CutWork): Promise<Probed> {
  const outside = await tryFromOutside(parts, work);
  const { cut, connector } = work;
  if (cut.status === 'reverting' || !isDenial(outside)) return outside;
  const { vantages = [] } = connector.describe();
  const beside = await Promise.all(
    vantages.flatMap(({ name }) => {
      if (name === 'outside') return [];
      // A session is one and the same from wherever it is looked at.
      if (name === 'inside' && cut.order.grain === 'session') return [];
      return name === 'inside' ? [tryFromInside(parts, work)] : [lookAtControlPlane(work)];
    }),
  );
  return seenFromAll(outside, beside);
}

export async function tryFromOutside(parts: ResponseParts, work: CutWork): Promise<Probed> {
  return await tryFrom(parts, work, 'outside');
}

async function tryFromInside(parts: ResponseParts, work: CutWork): Promise<VantageTry> {
  const vantage = 'inside';
  const { observed, error, expected, control } = await tryFrom(parts, work, vantage);
  // Who finds no way in there at all has not been denied.
  if (control === 'works' || observed === 'allowed') return { vantage, observed, error, expected };
  const why = error ?? 'the control fails from there';
  return { vantage, observed: 'no-answer', error: why, expected: false };
}

async function lookAtControlPlane({ connector, cut, call }: CutWork): Promise<VantageTry> {
  try {
    return readBackTry((await connector.readBack(cut.order, call)).state);
  } catch (error) {
    if (!(error instanceof ConnectorFailure)) throw error;
    return { ...readBackTry('unknown'), error: error.message };
  }
}

/** What cannot be tried is an observation too, never an error that ends the proving. */
async function tryFrom(
  parts: ResponseParts,
  { state, cut, connector, call }: CutWork,
  vantage: 'outside' | 'inside',
): Promise<Probed> {
  const { method, secret } = await probeMeans(parts, state, cut);
  // Once the identity is given back, its sessions are those of its own new credentials.
  const isLeakedAlone =
    cut.status === 'reverting' &&
    cut.restore?.rearmCredential === false &&
    cut.order.grain === 'identity' &&
    method === 'secret';
  const request: ProbeRequest = {
    target: cut.order.target,
    subject: cut.order.subject,
    guarantee: cut.order.guarantee,
    method,
    vantage,
    ...(secret === null ? {} : { secret }),
    ...(isLeakedAlone ? { sessions: false } : {}),
  };
  try {
    return await connector.probe(request, call);
  } catch (error) {
    const isOfOutside = vantage === 'outside';
    if (!(error instanceof ConnectorFailure) || (isOfOutside && error.kind === 'refused'))
      throw error;
    return {
      observed: 'no-answer',
      error: error.message,
      expected: false,
      control: 'fails',
      vantage,
      method,
    };
  }
}

async function probeMeans(
  parts: ResponseParts,
  state: IncidentState,
  cut: CutState,
): Promise<{ readonly method: ProbeMethod; readonly secret: string | null }> {
  const { method, custody } = probeMeansOf(state, cut);
  if (custody === null) return { method, secret: null };
  const secret = await parts.signals.custody.open(custody);
  if (secret !== null) return { method: 'secret', secret: reveal(secret) };
  // What cannot be tried is unproven; a way that the target does not offer would block the cut.
  const { probeMethods } = connectorOf(parts, cut.order.target).describe();
  return {
    method: probeMethods.includes('impersonation') ? 'impersonation' : 'secret',
    secret: null,
  };
}
