import {
  appendLeaves,
  EMPTY_FRONTIER,
  frontierRoot,
  openCheckpoint,
  parseVerifierKey,
  verifyExport,
} from '../../../src/ledger/index.ts';
import type { Case } from './cases.ts';
import { entriesOf, type Entry, type Evidence, leavesOf } from './evidence.ts';
import { judgeCuts } from './judge-cuts.ts';

/** Each is a promise that did not hold, in one sentence. */
export type Finding = string;

/** A step that is due for so long at the end has been forgotten. */
const OVERDUE_MS = 3_000;

export async function judge(evidence: Evidence): Promise<readonly Finding[]> {
  const entries = entriesOf(evidence.lines);
  return [
    ...(await judgeLedger(evidence, entries)),
    ...judgeAcknowledged(evidence, entries),
    ...judgeEnds(evidence),
    ...judgeFolds(evidence, entries),
    ...judgeSteps(evidence),
    ...judgeCuts(evidence, entries),
  ];
}

async function judgeLedger(
  { lines, verifierKey, checkpoints }: Evidence,
  entries: readonly Entry[],
): Promise<readonly Finding[]> {
  const report = await verifyExport(lines, { verifierKey });
  const findings: Finding[] = report.findings.map(({ message }) => `ledger: ${message}`);
  const verifier = parseVerifierKey(verifierKey);
  const leaves = leavesOf(lines);
  let frontier = EMPTY_FRONTIER;
  for (const seen of checkpoints.toSorted((one, other) => one.size - other.size)) {
    const signed = openCheckpoint(seen.note, verifier);
    if (signed.size !== seen.size)
      findings.push(`a checkpoint of ${seen.size} is signed for ${signed.size}`);
    if (seen.size > leaves.length) {
      findings.push(`a checkpoint of ${seen.size} was seen, the ledger ends at ${leaves.length}`);
      continue;
    }
    frontier = appendLeaves(frontier, leaves.slice(frontier.size, seen.size));
    const root = Buffer.from(frontierRoot(frontier)).toString('base64');
    if (root !== seen.root)
      findings.push(`the ledger does not continue the checkpoint of ${seen.size}`);
  }
  const ids = new Set(entries.map(({ id }) => id));
  if (ids.size !== entries.length) findings.push('an entry stands on the ledger twice');
  return findings;
}

function countOf(entries: readonly Entry[], is: (entry: Entry) => boolean): number {
  return entries.filter(is).length;
}

function memberOf(entry: Entry, ...path: readonly string[]): unknown {
  let value: unknown = entry.data;
  for (const name of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Reflect.get(value, name);
  }
  return value;
}

/** What got a 2xx is there, once. */
function judgeAcknowledged({ cases }: Evidence, entries: readonly Entry[]): readonly Finding[] {
  const byKind = Map.groupBy(entries, ({ kind }) => kind);
  const of = (kind: string): readonly Entry[] => byKind.get(kind) ?? [];
  return cases.flatMap((one) =>
    [...one.acts.values()].flatMap((made) => {
      if (made.state === 'acknowledged') {
        return acknowledgedFindings(one, made.name, made.answer, of);
      }
      // A person whose answer was lost looks, and need not ask again; a sender repeats until it is answered.
      const byPerson = made.name !== 'signal' && made.name !== 'clear';
      if (byPerson && one.settled) return [];
      return [`${one.name}: ${made.name} is ${made.state}: ${JSON.stringify(made.answer)}`];
    }),
  );
}

function acknowledgedFindings(
  one: Case,
  name: string,
  answer: Readonly<Record<string, unknown>>,
  of: (kind: string) => readonly Entry[],
): readonly Finding[] {
  const once = (count: number, what: string): readonly Finding[] =>
    count === 1 ? [] : [`${one.name}: ${what} stands on the ledger ${count} times`];
  const decided = (id: unknown): readonly Finding[] =>
    once(
      countOf(of('decision.decided'), (entry) => entry.data['decision'] === id),
      `the acknowledged decision ${String(id)}`,
    );
  switch (name) {
    case 'signal':
    case 'clear': {
      const id = answer['signalId'];
      return [
        ...once(
          countOf(of('signal.received'), (entry) => entry.data['id'] === id),
          `signal ${String(id)}`,
        ),
        ...once(
          countOf(of('signal.attached'), (entry) => memberOf(entry, 'signal', 'id') === id),
          `the attachment of signal ${String(id)}`,
        ),
      ];
    }
    case 'approve':
      return decided(answer['id']);
    case 'restore':
      return decided(Reflect.get(Object(answer['decision']), 'id'));
    default: {
      const decision: unknown = answer['decision'];
      return decision === null || decision === undefined
        ? []
        : decided(Reflect.get(Object(decision), 'id'));
    }
  }
}

/** Contained and proven, or given back; by the world's word, not by ours. */
function judgeEnds({ cases, views, attackers, shutOut }: Evidence): readonly Finding[] {
  const findings: Finding[] = [];
  for (const one of cases) {
    if (one.settled) continue;
    const view = one.incident === null ? undefined : views.get(one.incident);
    const standing =
      view === undefined ? 'has no incident' : `${view.status}, ${view.standing.sentence}`;
    findings.push(`${one.name} (${one.kind}) did not come to its end: ${standing}`);
  }
  for (const { id, can, willBeAbleTo } of attackers) {
    if (can.length === 0 && willBeAbleTo.length === 0) continue;
    const whose = cases.find((one) => one.attacker === id);
    findings.push(
      `${whose?.name ?? id}: the attacker still can ${[...can, ...willBeAbleTo].join(', ')}`,
    );
  }
  for (const name of shutOut) findings.push(`${name}: given back, and still shut out`);
  return findings;
}

/** Rows are what the entries say; no entry of an incident is missing or doubled. */
function judgeFolds({ views, rows }: Evidence, entries: readonly Entry[]): readonly Finding[] {
  const findings: Finding[] = [];
  const ofIncident = Map.groupBy(
    entries.filter((entry) => entry.incident !== null),
    (entry) => entry.incident ?? '',
  );
  for (const [id, row] of rows.incidents) {
    const ordinals = (ofIncident.get(id) ?? [])
      .map((entry) => entry.ordinal ?? -1)
      .toSorted((one, other) => one - other);
    const isWhole = ordinals.every((ordinal, index) => ordinal === index);
    if (!isWhole || ordinals.length !== row.version) {
      findings.push(
        `${id}: version ${row.version} has ${ordinals.length} entries${isWhole ? '' : ', with gaps'}`,
      );
    }
    const view = views.get(id);
    if (view === undefined) continue;
    if (view.status !== row.status) findings.push(`${id}: row ${row.status}, fold ${view.status}`);
    const { sentence } = view.standing;
    if (sentence !== row.sentence)
      findings.push(`${id}: row "${row.sentence}", fold "${sentence}"`);
    for (const { id: cut, status } of view.cuts) {
      if (rows.cuts.get(cut) !== status)
        findings.push(`${cut}: row ${rows.cuts.get(cut) ?? 'none'}, fold ${status}`);
    }
    for (const { id: decision, state } of view.decisions) {
      if (rows.decisions.get(decision) !== state) findings.push(`${decision}: row and fold differ`);
    }
  }
  for (const id of views.keys()) if (!rows.incidents.has(id)) findings.push(`${id} has no row`);
  return findings;
}

function judgeSteps({ rows, readAtMs }: Evidence): readonly Finding[] {
  return rows.steps.flatMap(({ id, kind, state, dueAtMs, reason }) => {
    if (state === 'claimed') return [`step ${id} (${kind}) stays claimed`];
    if (state === 'blocked') return [`step ${id} (${kind}) is blocked: ${reason ?? ''}`];
    const late = state === 'planned' && dueAtMs < readAtMs - OVERDUE_MS;
    return late ? [`step ${id} (${kind}) is forgotten`] : [];
  });
}
