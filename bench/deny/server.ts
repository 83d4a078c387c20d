import {
  northlakeCharter,
  NORTHLAKE_ROSTER,
  resolveSettings,
  startServer,
} from '../../src/app/index.ts';
import { connectWorld } from '../../src/connectors/world/index.ts';
import { createLog, type JsonObject, realClock, Secret } from '../../src/kernel/index.ts';

/** The real server on a world with one large target; one mandate acts. */
const [data = '', place = '', worldUrl = '', worldToken = ''] = process.argv.slice(2);
const SOURCE = { name: 'secret-scanner', secret: 'bench-source-secret-0123456789abcdef' };
const TARGET = 'ci';
/** A flood of signals blows no fuse. */
const FUSE = 100_000;

interface TargetRow {
  readonly account: { readonly token: string };
  readonly control: { readonly secret: string };
}

async function askWorld(path: string): Promise<Response> {
  return await fetch(`${worldUrl}${path}`, { headers: { authorization: `Bearer ${worldToken}` } });
}

async function connect(): Promise<Awaited<ReturnType<typeof connectWorld>>> {
  const answer = await askWorld('/admin/targets');
  // The world's own answer; it runs with this one target.
  const { targets } = (await answer.json()) as { readonly targets: readonly TargetRow[] };
  const [row] = targets;
  if (row === undefined) throw new Error('the world has no target');
  return await connectWorld({
    target: TARGET,
    url: worldUrl,
    token: new Secret(row.account.token),
    controlSecret: new Secret(row.control.secret),
  });
}

async function readInventory(): Promise<readonly string[]> {
  const answer = await askWorld('/admin/inventory?secrets=true');
  return (await answer.text()).split('\n').filter((line) => line !== '');
}

/** One credential of each identity that anything may be cut of. */
function credentialsIn(lines: readonly string[]): ReadonlyMap<string, string> {
  const byIdentity = new Map<string, string>();
  for (const line of lines) {
    // Written by the world in the form of an inventory.
    const record = JSON.parse(line) as JsonObject & {
      readonly refs?: readonly { readonly value: string }[];
    };
    const identity = record['identity'];
    if (record['type'] !== 'credential' || typeof identity !== 'string') continue;
    if (!identity.includes(':pipeline-')) continue;
    byIdentity.set(identity, record.refs?.[0]?.value ?? '');
  }
  return byIdentity;
}

const connector = await connect();
const settings = resolveSettings({ data, port: 0, ...(place === '' ? {} : { store: place }) });
const running = await startServer(settings, {
  log: createLog('error'),
  migrate: true,
  connectors: new Map([[TARGET, connector]]),
  charter: northlakeCharter(realClock.nowMs(), {
    name: 'bench',
    revokes: false,
    cutsPerHour: FUSE,
    cutsPerSource: FUSE,
    protectedTargets: [TARGET],
  }),
  roster: NORTHLAKE_ROSTER,
  sources: [{ name: SOURCE.name, secret: new Secret(SOURCE.secret), confidenceMax: 'proven' }],
});
const { inventory, authority, dependencies, store, tokens } = running.parts;
const lines = await readInventory();
await inventory.importRecords(lines, { source: 'world' });
await dependencies.refresh();
await store.write(authority.recordRehearsal({ target: TARGET, atMs: realClock.nowMs() }));
const gate = await tokens.create({ name: 'bench-gate', scopes: ['gate'] }, 'node:bench');
const scopes = ['admin'] as const;
const decider = await tokens.create({ name: 'bench-decider', scopes, person: 'mia' }, 'node:bench');
const byIdentity = credentialsIn(lines);
const ready = {
  url: running.url,
  token: gate.text,
  source: SOURCE,
  target: TARGET,
  credentials: [...byIdentity.values()],
  identities: [...byIdentity.keys()],
  decider: decider.text,
  propagationMs: Math.max(...connector.describe().guarantees.map((one) => one.propagationMs)),
};
process.stdout.write(`${JSON.stringify(ready)}\n`);
