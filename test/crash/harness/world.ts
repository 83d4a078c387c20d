import { fileURLToPath } from 'node:url';
import type { JsonObject } from '../../../src/kernel/index.ts';
import { ask, askSurely, textOf } from './http.ts';
import { startChild } from './process.ts';

const WORLD_MAIN = fileURLToPath(new URL('../../../src/world/main.ts', import.meta.url));

/** With and without idempotency keys, holding a credential or the whole identity. */
export const TARGETS = ['ci', 'agent-hub', 'ledger-db', 'git-host'] as const;
/** Changes bite soon, so that a run is about kills and not about waiting. */
const DELAY_MS_MAX = 150;

export interface TargetAccess {
  readonly name: string;
  readonly token: string;
  readonly controlSecret: string;
  readonly grain: 'credential' | 'identity';
}

/** A credential of an identity, with its secret, as a leak report would hold it. */
export interface Subject {
  readonly target: string;
  readonly identity: string;
  readonly credential: string;
  readonly secret: string;
}

export interface AuditLine {
  readonly at: string;
  readonly target: string;
  readonly verb: string;
  readonly actor: string;
  readonly identity: string;
  readonly credential: string | null;
  readonly key: string | null;
  readonly outcome: string;
  readonly effects: number;
}

export interface EffectSum {
  readonly identity: string;
  readonly credential: string | null;
  readonly verb: string;
  readonly key: string | null;
  readonly effects: number;
}

export interface AttackerTruth {
  readonly id: string;
  readonly can: readonly string[];
  readonly willBeAbleTo: readonly string[];
  readonly minted: readonly { readonly credential: string; readonly willBeAlive: boolean }[];
}

/** The simulated organisation as its own process. It survives every kill of a server and is the only judge. */
export interface World {
  readonly url: string;
  readonly targets: readonly TargetAccess[];
  /** As inventory NDJSON with secrets. */
  readonly inventory: () => Promise<string>;
  readonly subjectOf: (target: string, identity: string) => Promise<Subject>;
  readonly attack: (subject: Subject, steps: readonly JsonObject[]) => Promise<string>;
  readonly attackers: () => Promise<readonly AttackerTruth[]>;
  readonly effects: (target: string) => Promise<readonly EffectSum[]>;
  /** What was done on the control plane, oldest first. */
  readonly changes: (target: string) => Promise<readonly AuditLine[]>;
  /** True when the data plane lets the credential read now. */
  readonly lets: (subject: Subject) => Promise<boolean>;
  readonly stop: () => Promise<void>;
}

export async function startWorld(options: {
  readonly seed: number;
  readonly identitiesPerTarget: number;
}): Promise<World> {
  const { seed, identitiesPerTarget } = options;
  const size = ['--seed', String(seed), '--identities', String(identitiesPerTarget)];
  const speed = ['--targets', TARGETS.join(','), '--delay-max-ms', String(DELAY_MS_MAX)];
  const child = startChild([WORLD_MAIN, '--port', '0', ...size, ...speed, '--die-with-parent']);
  const ready = await child.ready;
  if (ready === null) throw new Error(`the world did not start: ${child.said().join('\n')}`);
  const url = textOf(ready, 'url');
  const token = textOf(ready, 'adminToken');
  const read = (path: string): Promise<JsonObject> =>
    askSurely(url, { method: 'GET', path: `/admin${path}`, token });
  const order = (path: string, body: JsonObject): Promise<JsonObject> =>
    askSurely(url, { method: 'POST', path: `/admin${path}`, token, text: JSON.stringify(body) });
  return {
    url,
    targets: accessOf(await read('/targets')),
    inventory: async () => {
      const headers = { authorization: `Bearer ${token}` };
      return await (await fetch(`${url}/admin/inventory?secrets=true`, { headers })).text();
    },
    subjectOf: async (target, identity) => as<Subject>(await order('/leaks', { target, identity })),
    attack: async ({ target, identity, credential }, steps) =>
      textOf(await order('/attackers', { target, identity, credential, steps }), 'id'),
    attackers: async () =>
      as<{ readonly attackers: readonly AttackerTruth[] }>(await read('/truth')).attackers,
    effects: async (target) =>
      as<{ readonly effects: readonly EffectSum[] }>(await read(`/targets/${target}/effects`))
        .effects,
    changes: async (target) =>
      as<{ readonly entries: readonly AuditLine[] }>(
        await read(`/targets/${target}/audit?plane=control&limit=10000`),
      ).entries,
    lets: async ({ target, secret }) => {
      const path = `/targets/${target}/data/read`;
      const answer = await ask(url, { method: 'POST', path, token: secret, text: '{}' });
      return answer.type === 'answered' && answer.status === 200;
    },
    stop: async () => {
      child.signal('SIGTERM');
      await child.ended;
    },
  };
}

function as<Shape>(body: JsonObject): Shape {
  // The world's own answers; their form is documented in docs/operating/world.md.
  return body as unknown as Shape;
}

interface TargetRow {
  readonly name: string;
  readonly grain: TargetAccess['grain'];
  readonly account: { readonly token: string };
  readonly control: { readonly secret: string };
}

function accessOf(body: JsonObject): readonly TargetAccess[] {
  return as<{ readonly targets: readonly TargetRow[] }>(body).targets.map((row) => ({
    name: row.name,
    token: row.account.token,
    controlSecret: row.control.secret,
    grain: row.grain,
  }));
}
