import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connectWorld } from '../../../src/connectors/world/index.ts';
import { type JsonObject, Secret, type StopPoint } from '../../../src/kernel/index.ts';
import type { StorePlace } from '../../../src/store/index.ts';
import { ask, askSurely, textOf } from './http.ts';
import { sleepMs } from './life.ts';
import { killChildren } from './process.ts';
import { install, type Installation, startServe } from './server.ts';
import { startWorld, TARGETS, type World } from './world.ts';

export interface RotationKill {
  readonly point: StopPoint;
  readonly passage: number;
}

export interface RotationsKilled {
  readonly findings: readonly string[];
  /** Kills whose point nobody came to. */
  readonly missed: readonly string[];
  readonly rotations: number;
  readonly uses: number;
}

/** A consumer of the inventory that reads a file, with what it needs to log in. */
interface Reader {
  readonly name: string;
  readonly target: string;
  readonly identity: string;
  readonly file: string;
}

const KEY = 'TOKEN';
const USE_EVERY_MS = 200;
const POINT_MS_MAX = 10_000;
const DONE_MS_MAX = 90_000;

function linesOf(text: string): readonly JsonObject[] {
  const lines = text.split('\n').filter((line) => line !== '');
  // The world's own inventory.
  return lines.map((line) => JSON.parse(line) as JsonObject);
}

function wordOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function refOf({ refs }: JsonObject): string {
  // The world names each thing by one reference.
  const [ref] = refs as unknown as readonly { system: string; type: string; value: string }[];
  return ref === undefined ? '' : `${ref.system}:${ref.type}:${ref.value}`;
}

/** Gives every consumer of the organisation a file with the secret that it uses, and a name that the target sees. */
function furnish(inventory: string, directory: string): readonly Reader[] {
  const lines = linesOf(inventory);
  const nodes = new Map(lines.flatMap((line) => ('refs' in line ? [[refOf(line), line]] : [])));
  mkdirSync(directory, { recursive: true });
  const readers = new Map<string, Reader>();
  for (const { type, relation, from, to } of lines) {
    const [workload, credential] = [nodes.get(wordOf(from)), nodes.get(wordOf(to))];
    if (type !== 'edge' || relation !== 'uses' || workload === undefined) continue;
    const { identity, secret } = credential ?? {};
    if (typeof secret !== 'string' || typeof identity !== 'string') continue;
    const [target = '', , ref = ''] = identity.split(':');
    const name = wordOf(workload['name']);
    const file = join(directory, `${readers.size}.env`);
    writeFileSync(file, `${KEY}=${secret}\n`);
    readers.set(name, { name, target, identity: ref, file });
  }
  return [...readers.values()];
}

function configuration(readers: readonly Reader[]): string {
  const stores = readers.map(
    ({ file }, index) => `    - { name: s${index}, kind: env-file, path: "${file}" }`,
  );
  const consumers = readers.map(
    ({ name, target }, index) =>
      `    - { consumer: "${name}", target: ${target}, store: s${index}, key: ${KEY}, seenAs: "${name}" }`,
  );
  return `handover:
  stores:
${stores.join('\n')}
  consumers:
${consumers.join('\n')}
rotation: { acknowledge: PT30S, quiet: PT0.5S, observe: PT0.2S }
`;
}

function secretIn({ file }: Reader): string {
  return /^TOKEN=(.*)$/mu.exec(readFileSync(file, 'utf8'))?.[1] ?? '';
}

/** Works on and on with what its file says. It was handed something new at most one look ago. */
function startUsing(world: World, readers: readonly Reader[]) {
  const refused: string[] = [];
  let uses = 0;
  let isRunning = true;
  const loops = readers.map(async (reader) => {
    while (isRunning) {
      const path = `/targets/${reader.target}/data/read`;
      const text = JSON.stringify({ source: reader.name });
      const answer = await ask(world.url, { method: 'POST', path, token: secretIn(reader), text });
      uses += 1;
      if (answer.type !== 'answered' || answer.status !== 200) {
        refused.push(`${reader.name}: ${JSON.stringify(answer)}`);
      }
      await sleepMs(USE_EVERY_MS);
    }
  });
  return {
    refused,
    uses: () => uses,
    stop: async () => {
      isRunning = false;
      await Promise.all(loops);
    },
  };
}

/** One rotation more for each kill; the server dies in the middle of them, and those that follow end them all. */
export async function killRotations(
  place: StorePlace,
  directory: string,
  kills: readonly RotationKill[],
): Promise<RotationsKilled> {
  const identitiesPerTarget = Math.ceil(kills.length / TARGETS.length);
  const world = await startWorld({ seed: 5, identitiesPerTarget });
  try {
    const readers = furnish(await world.inventory(), join(directory, 'files'));
    const installation = await install(world, place, join(directory, 'installation'));
    appendFileSync(join(installation.directory, 'firebreak.yaml'), configuration(readers));
    const using = startUsing(world, readers);
    const identities = [...new Set(readers.map((one) => `${one.target}:identity:${one.identity}`))];
    const missed: string[] = [];
    const begun: string[] = [];
    for (const [index, kill] of kills.entries()) {
      const ref = identities[index % identities.length] ?? '';
      begun.push(ref);
      if (!(await survive(installation, kill, begun))) missed.push(`${kill.point}:${kill.passage}`);
    }
    const ended = await untilDone(installation, begun);
    await using.stop();
    const findings = [...using.refused, ...(await findingsOf(world, ended))];
    return { findings, missed, rotations: begun.length, uses: using.uses() };
  } finally {
    await world.stop();
    killChildren();
  }
}

/** A repeat finds the one that is under way; an answer that is lost is asked for again later. */
async function rotate(url: string, { administrator }: Installation, ref: string): Promise<void> {
  const text = JSON.stringify({ ref, reason: 'a crash test' });
  await ask(url, { method: 'POST', path: '/v1/rotations', text, token: administrator });
}

/** False when the point was not passed: then it is killed all the same. */
async function survive(
  installation: Installation,
  stopAt: RotationKill,
  begun: readonly string[],
): Promise<boolean> {
  const { url, child } = await startServe(installation, { stopAt });
  if (url !== null) await rotate(url, installation, begun.at(-1) ?? '');
  await Promise.race([sleepMs(POINT_MS_MAX), child.ended]);
  const isPassed = child.hasEnded();
  child.signal('SIGKILL');
  const ended = await child.ended;
  if (ended !== 'SIGKILL') throw new Error(`serve ended by itself (${ended})`);
  return isPassed;
}

/** Undisturbed until every rotation is over. What was lost before it was accepted is asked for again. */
async function untilDone(
  installation: Installation,
  begun: readonly string[],
): Promise<readonly JsonObject[]> {
  const { url, child } = await startServe(installation);
  if (url === null) throw new Error('serve was killed by nobody');
  const { administrator: token } = installation;
  const untilMs = Date.now() + DONE_MS_MAX;
  try {
    for (;;) {
      const path = '/v1/rotations?limit=100';
      const list = await askSurely(url, { method: 'GET', path, token });
      // The API's own list.
      const all = list['rotations'] as unknown as readonly JsonObject[];
      const details = await Promise.all(
        all.map((one) =>
          askSurely(url, { method: 'GET', path: `/v1/rotations/${textOf(one, 'id')}`, token }),
        ),
      );
      const open = details.filter(({ status }) => status !== 'done');
      const known = details.map((one) => textOf(one, 'name'));
      const lost = begun.filter((ref) => !known.includes(ref.split(':').at(-1) ?? ''));
      for (const ref of lost) await rotate(url, installation, ref);
      if (lost.length + open.length === 0) return details;
      if (Date.now() > untilMs) throw new Error(open.map((one) => textOf(one, 'sentence')).join());
      await sleepMs(USE_EVERY_MS);
    }
  } finally {
    child.signal('SIGKILL');
    await child.ended;
  }
}

interface Step {
  readonly target: string;
  readonly status: string;
  readonly consumers: readonly unknown[];
  readonly replacement: { readonly identity: string; readonly credential?: string } | null;
}

/** What the targets themselves say: everything minted is known and in use, and nothing else of it lives. */
async function findingsOf(world: World, ended: readonly JsonObject[]): Promise<readonly string[]> {
  // As the API shows them.
  const steps = ended.flatMap(({ steps: all }) => all as unknown as readonly Step[]);
  const renewed = steps.filter((step) => step.consumers.length > 0);
  const findings = renewed.flatMap(({ status, replacement }) =>
    status === 'retired' ? [] : [`${replacement?.identity ?? '?'} is ${status}`],
  );
  for (const { name: target, token, controlSecret } of world.targets) {
    const access = { target, url: world.url, token: new Secret(token) };
    const connector = await connectWorld({ ...access, controlSecret: new Secret(controlSecret) });
    const call = { idempotencyKey: 'findings', timeoutMs: 5_000 };
    const { credentials, identities } = await connector.discover({}, call);
    const alive = new Set(identities.filter((one) => !one.suspended).map((one) => one.identity));
    const minted = credentials.filter(
      (one) => one.mintedBy === 'firebreak' && one.enabled && alive.has(one.identity),
    );
    const known = renewed.filter((step) => step.target === target);
    const isKnown = (one: (typeof minted)[number]): boolean =>
      known.some(
        ({ replacement }) =>
          replacement?.identity === one.identity &&
          (replacement.credential === undefined || replacement.credential === one.credential),
      );
    for (const one of minted) {
      if (!isKnown(one)) findings.push(`${target} has ${one.credential}, and nobody knows of it`);
    }
    if (minted.length !== known.length) {
      findings.push(`${target}: ${known.length} renewed, ${minted.length} live`);
    }
  }
  return findings;
}
