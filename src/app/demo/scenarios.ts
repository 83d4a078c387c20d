import type { Clock, JsonObject, Secret } from '../../kernel/index.ts';
import { sleep } from '../../kernel/index.ts';
import { sendSigned, type Send } from './http.ts';
import type { Teller } from './tell.ts';

/** What the demo acts on: a running server, the simulated world, two sources that sign, and a person who may restore. */
export interface Stage {
  readonly serverUrl: string;
  readonly api: Send;
  readonly restorer: Send;
  readonly world: Send;
  readonly scanner: Source;
  readonly detector: Source;
  readonly owner: Source;
  readonly clock: Clock;
  readonly tell: Teller;
  readonly timeoutMs: number;
  /** By incident: the last entry that was told. */
  readonly told: Map<string, number>;
}

export interface Source {
  readonly name: string;
  readonly secret: Secret;
}

export interface ScenarioResult {
  readonly name: string;
  readonly ok: boolean;
  readonly msToFirstDeny: number | null;
  readonly msToProven: number | null;
  readonly respawnsCaught: number;
  readonly attackerHasAccess: boolean;
  readonly workloadsBroken: number;
  readonly ledgerVerified: boolean;
}

interface WorkloadRow {
  readonly name: string;
  readonly target: string;
  readonly credential: string;
}

interface Truth {
  readonly attackerHasAccess: boolean;
  readonly attackerWillHaveAccess: boolean;
  readonly attackers: readonly {
    readonly id: string;
    readonly target: string;
    readonly can: readonly string[];
    readonly firstRefusal: { readonly at: string; readonly code: string } | null;
  }[];
  readonly workloadsBroken: readonly { readonly name: string; readonly target: string }[];
}

interface Cut {
  readonly id: string;
  readonly status: string;
  readonly guarantee: string;
  readonly descendantOf: string | null;
}

interface Incident {
  readonly id: string;
  readonly status: string;
  readonly standing: { readonly sentence: string; readonly contained: boolean };
  readonly cuts: readonly Cut[];
}

interface TimelineRow {
  readonly ordinal: number;
  readonly kind: string;
  readonly text: string;
}

/** The demo is a client like any other. */
function as<Shape>(body: JsonObject): Shape {
  // The world and the server answer these forms; /openapi.json and docs/operating/world.md say so.
  return body as unknown as Shape;
}

/** Entries worth telling; probes and plans are for the timeline. */
const TOLD: ReadonlySet<string> = new Set([
  'incident.opened',
  'signal.attached',
  'restriction.set',
  'cut.authorised',
  'cut.recorded',
  'cut.applied',
  'cut.proven',
  'cut.irrevocable',
  'cut.residual',
  'cut.unproven',
  'cut.failed',
  'cut.blocked',
  'cut.restored',
  'window.opened',
  'window.closed',
  'respawn.found',
  'subject.held',
  'decision.opened',
  'decision.decided',
  'restriction.lifted',
  'incident.contained',
  'incident.uncontained',
  'incident.closed',
]);

/** Tells new entries of an incident until `done` says so or the time is over. */
async function follow(
  stage: Stage,
  incident: string,
  done: (state: Incident) => boolean,
): Promise<Incident> {
  const untilMs = stage.clock.nowMs() + stage.timeoutMs;
  for (;;) {
    const { entries } = as<{ entries: readonly TimelineRow[] }>(
      await stage.api('GET', `/v1/incidents/${incident}/timeline`),
    );
    for (const entry of entries) {
      if (entry.ordinal <= (stage.told.get(incident) ?? -1)) continue;
      stage.told.set(incident, entry.ordinal);
      if (TOLD.has(entry.kind)) stage.tell.say(`  ${entry.text}`, { kind: entry.kind });
    }
    const state = as<Incident>(await stage.api('GET', `/v1/incidents/${incident}`));
    if (done(state) || stage.clock.nowMs() > untilMs) return state;
    await sleep(stage.clock, 150);
  }
}

async function incidentOf(stage: Stage, ref: string): Promise<string> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const card = as<{ incidents?: readonly { id: string; status: string }[] }>(
      await stage.api('GET', `/v1/lookup?ref=${encodeURIComponent(ref)}`),
    );
    const open = card.incidents?.find((one) => one.status !== 'closed');
    if (open !== undefined) return open.id;
    await sleep(stage.clock, 50);
  }
  throw new Error(`no incident was opened for ${ref}`);
}

async function truthOf(stage: Stage): Promise<Truth> {
  return as<Truth>(await stage.world('GET', '/truth'));
}

function msBetween(fromMs: number, at: string | undefined): number | null {
  return at === undefined ? null : Math.max(0, Date.parse(at) - fromMs);
}

interface Attack {
  readonly id: string;
  readonly identity: string;
  readonly credential: string;
  readonly secret: string;
}

/** A key whose own job was switched off long ago leaks, and somebody uses it at once. */
async function leakForgottenKey(stage: Stage, target: string, identity: string): Promise<Attack> {
  const { workloads } = as<{ workloads: readonly WorkloadRow[] }>(
    await stage.world('GET', '/workloads'),
  );
  const leak = as<Attack>(await stage.world('POST', '/leaks', { target, identity }));
  const retired = workloads
    .filter((one) => one.credential === leak.credential)
    .map((one) => one.name);
  await stage.world('POST', '/workloads/stop', { names: retired });
  const attacker = as<{ id: string }>(
    await stage.world('POST', '/attackers', {
      target,
      identity,
      credential: leak.credential,
      script: 'mint-second-key',
    }),
  );
  return { ...leak, id: attacker.id };
}

export async function playLeak(
  stage: Stage,
  identity = 'pipeline-checkout',
): Promise<Omit<ScenarioResult, 'ledgerVerified'>> {
  const { tell, clock } = stage;
  const target = 'ci';
  tell.heading('A token of a build pipeline leaks');
  await stage.world('POST', '/targets/ci/settings', { minMs: 900, maxMs: 1_600 });
  const attack = await leakForgottenKey(stage, target, identity);
  tell.say(
    `The attacker uses ${attack.credential} of ${identity} at once, and will mint a second key after one second.`,
  );
  tell.say(
    'A change at this target takes 0.9 to 1.6 s until it holds everywhere. That gap is what attackers use.',
  );
  await sleep(clock, 400);
  const acceptedAtMs = clock.nowMs();
  await sendSigned(stage.serverUrl, stage.scanner, acceptedAtMs, {
    type: 'credential-exposed',
    subject: {
      refs: [{ system: target, type: 'credential', value: attack.credential }],
      secret: attack.secret,
    },
    occurredAt: new Date(acceptedAtMs - 400).toISOString(),
    confidence: 'strong',
    key: `leak-${attack.credential}-${acceptedAtMs}`,
  });
  tell.say(
    'The scanner of the git host reports the token, signed. Nobody has confirmed anything yet.',
  );
  const incident = await incidentOf(stage, `${target}:identity:${identity}`);
  const end = await follow(
    stage,
    incident,
    (state) =>
      state.standing.contained &&
      state.cuts.some((cut) => cut.status === 'irrevocable') &&
      state.cuts.some((cut) => cut.descendantOf !== null && cut.status === 'proven'),
  );
  const provenAtMs = clock.nowMs();
  const truth = await truthOf(stage);
  const mine = truth.attackers.find((one) => one.id === attack.id);
  const caught = end.cuts.filter(
    (cut) => cut.descendantOf !== null && cut.status === 'proven',
  ).length;
  const attackerHasAccess = truth.attackerHasAccess || truth.attackerWillHaveAccess;
  const msToFirstDeny = msBetween(acceptedAtMs, mine?.firstRefusal?.at);
  const broken = truth.workloadsBroken.filter((one) => one.target === target).length;
  const seconds = ((msToFirstDeny ?? 0) / 1_000).toFixed(1);
  tell.say(
    `The world itself says: attacker ${attackerHasAccess ? 'STILL HAS' : 'has no'} access, first refused after ${seconds} s; ${broken} workloads broken.`,
  );
  await stage.world('DELETE', `/attackers/${attack.id}`);
  return {
    name: 'leak',
    ok: end.standing.contained && caught > 0 && !attackerHasAccess && broken === 0,
    msToFirstDeny,
    msToProven: end.standing.contained ? provenAtMs - acceptedAtMs : null,
    respawnsCaught: caught,
    attackerHasAccess,
    workloadsBroken: broken,
  };
}

/** Beside it: the same leak, and a script that revokes the key the same way and calls it done. */
export async function playNaive(stage: Stage): Promise<{ readonly attackerHasAccess: boolean }> {
  const { tell, clock } = stage;
  const target = 'ci';
  const identity = 'pipeline-payments';
  tell.heading('The same leak, and a script that revokes the key and calls it done');
  const attack = await leakForgottenKey(stage, target, identity);
  await sleep(clock, 400);
  await stage.world('POST', `/targets/${target}/control/revoke`, {
    identity,
    credential: attack.credential,
    actor: 'naive-script',
  });
  tell.say(
    `The script revokes ${attack.credential}, the target answers 200, the ticket is closed.`,
  );
  await sleep(clock, 4_000);
  const truth = await truthOf(stage);
  tell.say(
    `The world itself says: attacker ${truth.attackerHasAccess ? 'STILL HAS access, with the key it minted in the gap' : 'has no access'}.`,
  );
  await stage.world('DELETE', `/attackers/${attack.id}`);
  return { attackerHasAccess: truth.attackerHasAccess };
}

export async function playFalseAlarm(
  stage: Stage,
): Promise<Omit<ScenarioResult, 'ledgerVerified'>> {
  const { tell, clock } = stage;
  const target = 'payments-api';
  tell.heading('A false alarm, and everything is given back');
  const { workloads } = as<{ workloads: readonly WorkloadRow[] }>(
    await stage.world('GET', '/workloads'),
  );
  const workload = workloads.find((one) => one.target === target);
  if (workload === undefined) throw new Error(`no workload uses ${target}`);
  const acceptedAtMs = clock.nowMs();
  await sendSigned(stage.serverUrl, stage.detector, acceptedAtMs, {
    type: 'anomalous-behaviour',
    subject: { refs: [{ system: target, type: 'credential', value: workload.credential }] },
    occurredAt: new Date(acceptedAtMs).toISOString(),
    confidence: 'strong',
    key: `odd-${workload.credential}`,
  });
  tell.say(
    `A detector sees ${workload.name} behave strangely; it is confident, it is signed, and it is wrong.`,
  );
  const incident = await incidentOf(stage, `${target}:credential:${workload.credential}`);
  const contained = await follow(
    stage,
    incident,
    (state) =>
      state.standing.contained &&
      state.cuts.some((cut) => cut.guarantee === 'G4' && cut.status === 'proven'),
  );
  const provenAtMs = clock.nowMs();
  const during = await truthOf(stage);
  tell.say(
    `While it is suspended, ${during.workloadsBroken.length} workload(s) cannot work: that is the price of a wrong cut.`,
  );
  await allClear(stage, target, workload.credential);
  const [cut] = contained.cuts;
  await stage.restorer('POST', `/v1/containments/${cut?.id ?? ''}/restore`, {
    cause: 'false-alarm',
    reason: 'The owner was testing a new release; the detector was wrong',
  });
  const end = await follow(stage, incident, (state) => state.status === 'closed');
  await sleep(clock, 3_000);
  const truth = await truthOf(stage);
  tell.say(`The world itself says: ${truth.workloadsBroken.length} workloads broken.`);
  return {
    name: 'false-alarm',
    ok:
      contained.standing.contained && end.status === 'closed' && truth.workloadsBroken.length === 0,
    msToFirstDeny: null,
    msToProven: contained.standing.contained ? provenAtMs - acceptedAtMs : null,
    respawnsCaught: 0,
    // Nobody attacks here; what the naive script left open is told with it.
    attackerHasAccess: truth.attackers.some((one) => one.target === target && one.can.length > 0),
    workloadsBroken: truth.workloadsBroken.length,
  };
}

async function allClear(stage: Stage, target: string, credential: string): Promise<void> {
  const nowMs = stage.clock.nowMs();
  await sendSigned(stage.serverUrl, stage.owner, nowMs, {
    type: 'all-clear',
    subject: { refs: [{ system: target, type: 'credential', value: credential }] },
    occurredAt: new Date(nowMs).toISOString(),
    confidence: 'strong',
    key: `clear-${credential}`,
  });
  stage.tell.say(
    'The owner says so, signed. That holds what would come next; giving back takes the right to restore.',
  );
}
