import type { JsonObject } from '../../../src/kernel/index.ts';
import { exportLedger } from '../../../src/ledger/index.ts';
import { openStore, type Store, type StorePlace } from '../../../src/store/index.ts';
import type { Case, IncidentView } from './cases.ts';
import type { AttackerTruth, AuditLine, EffectSum } from './world.ts';

export interface Entry {
  readonly position: number;
  readonly id: string;
  readonly at: string;
  readonly kind: string;
  readonly incident: string | null;
  readonly ordinal: number | null;
  readonly data: JsonObject;
}

export interface SeenCheckpoint {
  readonly size: number;
  readonly root: string;
  readonly note: string;
}

/** The tables, read when no server runs. */
export interface Rows {
  readonly incidents: ReadonlyMap<
    string,
    { readonly status: string; readonly sentence: string; readonly version: number }
  >;
  readonly cuts: ReadonlyMap<string, string>;
  readonly decisions: ReadonlyMap<string, string>;
  readonly steps: readonly {
    readonly id: string;
    readonly kind: string;
    readonly state: string;
    readonly dueAtMs: number;
    readonly reason: string | null;
  }[];
}

/** Everything that the end of a life is judged by. */
export interface Evidence {
  readonly cases: readonly Case[];
  /** Folded from the ledger by a server that had just started. */
  readonly views: ReadonlyMap<string, IncidentView>;
  readonly lines: readonly string[];
  readonly verifierKey: string;
  readonly checkpoints: readonly SeenCheckpoint[];
  readonly rows: Rows;
  readonly readAtMs: number;
  readonly effects: readonly (EffectSum & { readonly target: string })[];
  readonly changes: readonly AuditLine[];
  readonly attackers: readonly AttackerTruth[];
  /** Names of false alarms whose identity cannot work although it was given back. */
  readonly shutOut: readonly string[];
}

/** What is in the store once nobody serves it: tables, and the export of the ledger. */
export async function readStore(
  place: StorePlace,
  ledger: { readonly origin: string; readonly verifierKey: string },
): Promise<{ readonly rows: Rows; readonly lines: readonly string[] }> {
  const store = await openStore(place);
  const sign = (): never => {
    throw new Error('the ledger is empty');
  };
  try {
    const lines = await Array.fromAsync(exportLedger(store, { ...ledger, sign }));
    return { rows: await readRows(store), lines };
  } finally {
    await store.close();
  }
}

async function readRows(store: Store): Promise<Rows> {
  const read = (sql: string) => store.query({ sql, params: [] });
  const [incidents, cuts, decisions, steps] = await Promise.all([
    read('select id, status, sentence, version from incident'),
    read('select id, status from cut'),
    read('select id, state from decision'),
    read("select id, kind, state, due_at_ms, reason from step where state <> 'done'"),
  ]);
  return {
    incidents: new Map(
      incidents.map((row) => [
        String(row['id']),
        {
          status: String(row['status']),
          sentence: String(row['sentence']),
          version: Number(row['version']),
        },
      ]),
    ),
    cuts: new Map(cuts.map((row) => [String(row['id']), String(row['status'])])),
    decisions: new Map(decisions.map((row) => [String(row['id']), String(row['state'])])),
    steps: steps.map((row) => ({
      id: String(row['id']),
      kind: String(row['kind']),
      state: String(row['state']),
      dueAtMs: Number(row['due_at_ms']),
      reason: row['reason'] === null ? null : String(row['reason']),
    })),
  };
}

export function entriesOf(lines: readonly string[]): readonly Entry[] {
  return lines.flatMap((line) => {
    // Lines of an export, see src/ledger/export.ts.
    const parsed = JSON.parse(line) as {
      readonly entry?: Omit<Entry, 'position'>;
      readonly position?: number;
    };
    const { entry, position } = parsed;
    return entry === undefined || position === undefined ? [] : [{ ...entry, position }];
  });
}

/** The leaf hashes in the order of their positions. */
export function leavesOf(lines: readonly string[]): readonly Uint8Array[] {
  return lines.flatMap((line) => {
    // As above.
    const { leafHash } = JSON.parse(line) as { readonly leafHash?: string };
    return leafHash === undefined ? [] : [new Uint8Array(Buffer.from(leafHash, 'base64'))];
  });
}
