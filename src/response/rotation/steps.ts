import { randomBytes } from 'node:crypto';
import type { CallContext, Connector } from '../../connectors/contract.ts';
import { HandoverFailure, type HandoverStore } from '../../handover/index.ts';
import { type Id, type JsonObject, LIMITS, reveal, Secret } from '../../kernel/index.ts';
import type { Performed, Step, StepContext, StepHandler, StepOutcome } from '../../runner/index.ts';
import { guarded } from '../cut-steps.ts';
import { connectorOf } from '../facts.ts';
import type { Incidents } from '../incidents.ts';
import type { ResponseParts } from '../parts.ts';
import type { RotationCommand } from './decide.ts';
import type { HandOver, Hold, RotationState, RotationStepState } from './model.ts';
import { notingHandler } from './noting.ts';
import type { Observation } from './observe.ts';
import { pageAbout } from './paging.ts';
import type { Rotations } from './rotations.ts';
import { renewHandler } from './renewing.ts';
import { lookAtUses, readHold } from './looking.ts';

interface Payload {
  readonly rotation: Id<'rotation'>;
  readonly step: string;
  readonly handOver: string;
  readonly watch: number;
  readonly dueAtMs: number;
  readonly text: string;
}

function payloadOf(step: Step): Payload {
  // Written by rotations.ts; each kind of step reads only the members it wrote.
  return step.payload as unknown as Payload;
}

const LATE: Performed = { type: 'done', result: { late: true } };

interface Work {
  readonly state: RotationState;
  readonly step: RotationStepState;
  readonly connector: Connector;
  readonly call: CallContext;
}

type Kind = 'prepare' | 'mint' | 'retire' | 'retire-lost' | 'hand-over';

/** Statuses of a step in which such work is still wanted. */
const WANTED: Readonly<Record<Kind, readonly RotationStepState['status'][]>> = {
  prepare: ['preparing'],
  mint: ['minting'],
  retire: ['retiring'],
  'retire-lost': ['minted', 'kept', 'retiring', 'retired', 'renewed'],
  'hand-over': ['minted'],
};

export function rotationStepHandlers(
  parts: ResponseParts,
  incidents: Incidents,
  rotations: Rotations,
): readonly StepHandler[] {
  const work = (kind: Kind, perform: Perform): StepHandler =>
    workHandler(parts, rotations, kind, perform);
  return [
    work('prepare', async ({ state, step }) => await prepare(parts, incidents, state, step)),
    work('mint', async (given) => await mint(parts, given)),
    work('hand-over', async (given, payload) => await handOver(parts, given, payload.handOver)),
    work('retire', async ({ step, connector, call }) => {
      await retire(connector, step, step.subject, call);
      return done({});
    }),
    work('retire-lost', async ({ step, connector, call }) => {
      for (const lost of step.lost) await retire(connector, step, lost, call);
      return done({});
    }),
    notingHandler(parts, rotations),
    renewHandler(parts, incidents, rotations),
    observeHandler(parts, incidents, rotations),
    deadlineHandler(parts, rotations),
    pageHandler(parts, rotations),
  ];
}

type Perform = (work: Work, payload: Payload) => Promise<Performed>;

/** What our own side of a call may take beyond the target's limit. */
const OWN_SIDE_MS = 2_000;

function workHandler(
  parts: ResponseParts,
  rotations: Rotations,
  kind: Kind,
  perform: Perform,
): StepHandler {
  return {
    kind: `rotation.${kind}`,
    attemptsMax: LIMITS.rotationAttemptsMax,
    callTimeoutMs: ({ target }) =>
      OWN_SIDE_MS +
      4 *
        (parts.connectors.get(target ?? '')?.describe().callTimeoutMs ??
          LIMITS.targetCallTimeoutMs),
    perform: async (step, context) => {
      const payload = payloadOf(step);
      const found = await workOf(parts, rotations, step, context);
      if (found === null || !WANTED[kind].includes(found.step.status)) return LATE;
      return await guarded(async () => await answered(() => perform(found, payload)));
    },
    record: async (step, outcome, settle) => {
      const command = commandOf(kind, payloadOf(step), outcome);
      if (command === null) await parts.store.write(settle);
      else {
        const actor = `node:${parts.runner.nodeId}`;
        await rotations.apply(payloadOf(step).rotation, command, actor, settle);
      }
    },
  };
}

async function workOf(
  parts: ResponseParts,
  rotations: Rotations,
  step: Step,
  { signal }: StepContext,
): Promise<Work | null> {
  const { rotation, step: named, handOver: one } = payloadOf(step);
  const state = await rotations.state(rotation);
  const id = named ?? state?.handOvers.find((each) => each.id === one)?.step;
  const found = state?.steps.find((each) => each.id === id);
  if (state === null || found === undefined) return null;
  const connector = connectorOf(parts, found.target);
  const timeoutMs = connector.describe().callTimeoutMs;
  return { state, step: found, connector, call: { idempotencyKey: step.key, timeoutMs, signal } };
}

async function answered(perform: () => Promise<Performed>): Promise<Performed> {
  try {
    return await perform();
  } catch (error) {
    if (!(error instanceof HandoverFailure)) throw error;
    return error.kind === 'refused'
      ? { type: 'refused', reason: error.message }
      : { type: 'failed', reason: error.message, unknown: false };
  }
}

function done(result: object): Performed {
  // What goes in here is made of ids and words below: plain JSON, and never a secret.
  return { type: 'done', result: result as JsonObject };
}

const SECRET_BYTES = 32;

/** The secret is durable before the target hears of it: a lost answer then loses nothing. */
async function prepare(
  parts: ResponseParts,
  incidents: Incidents,
  state: RotationState,
  step: RotationStepState,
): Promise<Performed> {
  const hold = await readHold(parts, incidents, step);
  if (hold === 'unheld' || step.secretFrom === 'target') return done({ hold, custody: null });
  const secret = new Secret(randomBytes(SECRET_BYTES).toString('base64url'));
  return done({ hold, custody: await keep(parts, state, secret) });
}

async function keep(
  parts: ResponseParts,
  state: RotationState,
  secret: Secret,
): Promise<Id<'custody'>> {
  const kept = parts.signals.custody.keep(secret, 'rotated-secret');
  await parts.store.write(kept.commands, state.id);
  return kept.id;
}

async function mint(
  parts: ResponseParts,
  { state, step, connector, call }: Work,
): Promise<Performed> {
  const { target, subject, label } = step;
  if (connector.rotation === undefined || label === null) {
    return { type: 'refused', reason: `the connector of ${target} renews no credentials` };
  }
  const own = step.custody === null ? null : await parts.signals.custody.open(step.custody);
  const chosen = own === null ? {} : { secret: reveal(own) };
  const lasting = step.lifetimeMs === undefined ? {} : { lifetimeMs: step.lifetimeMs };
  const order = { target, subject, label, ...chosen, ...lasting };
  const minted = await connector.rotation.mint(order, call);
  const ends = minted.expiresAt == null ? {} : { expiresAtMs: Date.parse(minted.expiresAt) };
  if (own !== null) return done({ replacement: minted.subject, custody: step.custody, ...ends });
  // Shown once, and the answer that showed it was lost: nobody will ever use it.
  if (minted.secret === null) return done({ lost: minted.subject });
  const custody = await keep(parts, state, new Secret(minted.secret));
  return done({ replacement: minted.subject, custody, ...ends });
}

async function retire(
  { rotation }: Connector,
  { target, replacement, subject: remaining }: RotationStepState,
  subject: RotationStepState['subject'],
  call: CallContext,
): Promise<void> {
  if (rotation === undefined) return;
  const name = `${subject.identity} ${subject.credential ?? ''}`;
  const context = { ...call, idempotencyKey: `${call.idempotencyKey}:${name}` };
  // Of what was lost before anything took its place, the old one is what remains.
  const order = { target, subject, replacement: replacement ?? remaining };
  await rotation.retire(order, context);
}

/** Tried before it is written, so that no consumer gets what does not work; and after, as the consumer will read it. */
async function handOver(
  parts: ResponseParts,
  { state, step, connector, call }: Work,
  id: string,
): Promise<Performed> {
  const one = state.handOvers.find((each) => each.id === id);
  const place = one?.place;
  if (one?.status !== 'writing' || place == null) return LATE;
  const store = parts.handovers?.stores.get(place.store);
  const { replacement, custody } = step;
  const secret = custody === null ? null : await parts.signals.custody.open(custody);
  if (store === undefined) return { type: 'refused', reason: `no store is called ${place.store}` };
  if (secret === null || replacement === null) {
    return { type: 'refused', reason: 'the new credential is not in custody' };
  }
  const before = await tryAs(connector, step, secret, call);
  if (before !== null) return again(`the new credential does not work yet (${before})`);
  const account = replacement.identity === step.subject.identity ? null : replacement.identity;
  const problem = await put(store, place, secret, account);
  if (problem !== null) return again(problem);
  const { secret: read } = await store.read(place, account);
  if (read === null || reveal(read) !== reveal(secret)) {
    return again('what was written is not what is read back');
  }
  const after = await tryAs(connector, step, read, call);
  return after === null ? done({}) : again(`what was read back does not work (${after})`);
}

function again(reason: string): Performed {
  return { type: 'failed', reason, unknown: false };
}

async function put(
  store: HandoverStore,
  place: NonNullable<HandOver['place']>,
  secret: Secret,
  account: string | null,
): Promise<string | null> {
  const held = await store.read(place, account);
  const isThere = held.secret !== null && reveal(held.secret) === reveal(secret);
  if (isThere && (account === null || held.account === account)) return null;
  const written = await store.write({ place, secret, account, expect: held.version });
  return written.state === 'conflict' ? 'somebody changed the store at the same time' : null;
}

/** Null when it works. */
async function tryAs(
  connector: Connector,
  { target, replacement }: RotationStepState,
  secret: Secret,
  call: CallContext,
): Promise<string | null> {
  if (replacement === null || !connector.describe().probeMethods.includes('secret')) return null;
  const probed = await connector.probe(
    {
      target,
      subject: replacement,
      guarantee: 'G4',
      method: 'secret',
      secret: reveal(secret),
      sessions: false,
      vantage: 'consumer',
    },
    call,
  );
  return probed.observed === 'allowed' ? null : (probed.error ?? probed.observed);
}

/** What an outcome means; null when it means nothing yet (a retry) or any more (late). */
function commandOf(
  kind: Kind,
  { step, handOver: one }: Payload,
  outcome: StepOutcome,
): RotationCommand | null {
  if (outcome.type === 'retry') return null;
  if (outcome.type === 'blocked') {
    const { reason } = outcome;
    if (kind === 'hand-over') return { type: 'hand-over-failed', handOver: one, reason };
    const isMinting = kind === 'prepare' || kind === 'mint';
    return { type: isMinting ? 'mint-failed' : 'retire-failed', step, reason };
  }
  const { result } = outcome;
  if (result['late'] === true) return null;
  // Each was made above for its own kind; it went through the store as JSON.
  const as = <Shape>(name: string): Shape => result[name] as unknown as Shape;
  switch (kind) {
    case 'prepare': {
      const [hold, custody] = [as<Hold>('hold'), as<Id<'custody'> | null>('custody')];
      return { type: 'prepared', step, hold, custody };
    }
    case 'mint': {
      const lost = as<RotationStepState['replacement'] | undefined>('lost');
      if (lost != null) return { type: 'mint-lost', step, lost };
      const replacement = as<RotationStepState['subject']>('replacement');
      const custody = as<Id<'custody'>>('custody');
      const expiresAtMs = as<number | undefined>('expiresAtMs');
      const ends = expiresAtMs === undefined ? {} : { expiresAtMs };
      return { type: 'minted', step, replacement, custody, ...ends };
    }
    case 'hand-over':
      return { type: 'delivered', handOver: one };
    case 'retire':
      return { type: 'retired', step };
    case 'retire-lost':
      return { type: 'lost-retired', step };
  }
}

function observeHandler(
  parts: ResponseParts,
  incidents: Incidents,
  rotations: Rotations,
): StepHandler {
  const nothing: Observation = { looked: [], uses: [], holds: [] };
  return {
    kind: 'rotation.observe',
    perform: async (step, { signal }) => {
      const { rotation, watch } = payloadOf(step);
      const state = await rotations.state(rotation);
      if (state === null || state.watch !== watch) return LATE;
      return done(await lookAtUses(parts, incidents, state, { key: step.key, signal }));
    },
    record: async (step, outcome, settle) => {
      if (outcome.type === 'retry') {
        await parts.store.write(settle);
        return;
      }
      const { rotation, watch } = payloadOf(step);
      // A look that failed is no look; the next one comes all the same.
      const isSeen = outcome.type === 'done' && outcome.result['late'] !== true;
      const seen = isSeen ? (outcome.result as unknown as Observation) : nothing; // Made by perform above.
      const actor = `node:${parts.runner.nodeId}`;
      await rotations.apply(rotation, { type: 'observed', watch, seen }, actor, settle);
    },
  };
}

function deadlineHandler(parts: ResponseParts, rotations: Rotations): StepHandler {
  return {
    kind: 'rotation.deadline',
    perform: async () => await Promise.resolve(done({})),
    record: async (step, _outcome, settle) => {
      const { rotation, dueAtMs: atMs } = payloadOf(step);
      const actor = `node:${parts.runner.nodeId}`;
      await rotations.apply(rotation, { type: 'deadline', atMs }, actor, settle);
    },
  };
}

function pageHandler(parts: ResponseParts, rotations: Rotations): StepHandler {
  return {
    kind: 'rotation.page',
    attemptsMax: LIMITS.pageAttemptsMax,
    callTimeoutMs: LIMITS.pageTimeoutMs,
    perform: async (step, { signal }) => {
      const state = await rotations.state(payloadOf(step).rotation);
      if (state?.question == null) return LATE;
      return done({ reached: await pageAbout(parts, state, step.key, signal) });
    },
  };
}
