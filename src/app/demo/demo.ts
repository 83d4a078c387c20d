import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLog, realClock } from '../../kernel/index.ts';
import { verifyExport } from '../../ledger/index.ts';
import { resolveSettings } from '../settings.ts';
import { type RunningServer, startServer } from '../server.ts';
import { openDemoOrganisation } from './organisation.ts';
import {
  playFalseAlarm,
  playLeak,
  playNaive,
  type ScenarioResult,
  type Stage,
} from './scenarios.ts';
import { setStage } from './stage.ts';
import { createTeller, type Teller } from './tell.ts';

export interface DemoOptions {
  readonly json: boolean;
  readonly seed: number;
  /** Plays the leak only, for a first look. */
  readonly fast: boolean;
  readonly write: (line: string) => void;
}

export interface DemoResult {
  readonly scenarios: readonly ScenarioResult[];
  readonly naive: { readonly attackerHasAccess: boolean } | null;
}

/** The main job, from the leak to the restore, on a real server and the simulated world. True when all ended well. */
export async function runDemo(options: DemoOptions): Promise<boolean> {
  const clock = realClock;
  const tell = createTeller(options.json, options.write, clock.nowMs);
  const data = mkdtempSync(join(tmpdir(), 'firebreak-demo-'));
  const organisation = await openDemoOrganisation({
    worldPort: 0,
    seed: options.seed,
    clock,
    furnished: false,
  });
  try {
    const settings = {
      ...resolveSettings({ data, port: 0, store: 'sqlite' }),
      logLevel: 'error' as const,
    };
    const log = createLog('error');
    const running = await startServer(settings, { ...organisation.overrides, log });
    try {
      await organisation.moveIn(running);
      const result = await play(
        await setStage(running, organisation, clock, tell),
        running,
        options.fast,
      );
      const ok = summarise(tell, result);
      tell.last(result);
      return ok;
    } finally {
      await running.stop(1_000);
    }
  } finally {
    organisation.world.stop();
    rmSync(data, { recursive: true, force: true });
  }
}

async function play(stage: Stage, running: RunningServer, fast: boolean): Promise<DemoResult> {
  const leak = await playLeak(stage);
  const naive = fast ? null : await playNaive(stage);
  const alarm = fast ? [] : [await playFalseAlarm(stage)];
  const ledgerVerified = await verifyLedger(stage, running);
  return {
    scenarios: [leak, ...alarm].map((one) => ({
      ...one,
      ok: one.ok && ledgerVerified,
      ledgerVerified,
    })),
    naive,
  };
}

/** Offline, as an auditor would: the export and the public key, nothing else. */
async function verifyLedger(stage: Stage, running: RunningServer): Promise<boolean> {
  const { ledger } = running.parts;
  await ledger.sealNow();
  const report = await verifyExport(ledger.exportLines(), { verifierKey: ledger.verifierKey });
  stage.tell.heading('The ledger');
  stage.tell.say(
    report.ok
      ? `${report.entryCount} entries verify offline with the public key alone.`
      : `The ledger does NOT verify: ${report.findings.map((one) => one.message).join('; ')}`,
  );
  return report.ok;
}

function summarise(tell: Teller, { scenarios, naive }: DemoResult): boolean {
  tell.heading('In short');
  for (const one of scenarios) {
    const seconds =
      one.msToProven === null ? 'never' : `after ${(one.msToProven / 1_000).toFixed(1)} s`;
    tell.say(
      `${one.ok ? 'ok    ' : 'FAILED'} ${one.name}: proven ${seconds}, ${one.respawnsCaught} respawned key(s) caught, ${one.workloadsBroken} workloads broken.`,
    );
  }
  if (naive !== null) {
    tell.say(
      `       the naive script beside it: ${naive.attackerHasAccess ? 'breached, the attacker still has access' : 'held'}.`,
    );
  }
  return scenarios.every((one) => one.ok);
}
