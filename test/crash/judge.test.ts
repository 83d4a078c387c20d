import { describe, expect, it } from 'vitest';
import { canonicalJson, type JsonObject } from '../../src/kernel/index.ts';
import {
  createEntriesForTest,
  createSignerForTest,
  writeExportForTest,
} from '../../src/ledger/testing.ts';
import type { Act, Case, IncidentView } from './harness/cases.ts';
import type { Evidence } from './harness/evidence.ts';
import { judge } from './harness/judge.ts';

const INCIDENT = 'inc_1';
const CUT = 'cut_1';
const KEY = `${CUT}:apply:1`;

type Written = readonly [kind: string, data: JsonObject, inIncident?: boolean];

// table: one incident, as it should be
const STORY: readonly Written[] = [
  ['signal.received', { id: 'sig_1' }, false],
  ['incident.opened', {}],
  ['signal.attached', { signal: { id: 'sig_1' } }],
  ['cut.planned', { plan: { id: CUT, digest: 'sha256:a', capability: { reversible: true } } }],
  ['cut.authorised', { cut: CUT, authority: { by: 'mandate', id: 'leak', digest: 'sha256:a' } }],
  ['cut.applying', { cut: CUT, key: KEY, attempt: 1, inverse: { before: true } }],
  ['cut.applied', { cut: CUT }],
  ['cut.proven', { cut: CUT }],
];

function exportOf(
  story: readonly Written[],
): Pick<Evidence, 'lines' | 'verifierKey' | 'checkpoints'> {
  const signer = createSignerForTest();
  const next = createEntriesForTest();
  let ordinal = 0;
  const canonicals = story.map(([kind, data, inIncident = true]) => {
    const place = inIncident ? { incident: INCIDENT, ordinal: ordinal++ } : undefined;
    return canonicalJson({ ...next(data, place), kind });
  });
  const lines = writeExportForTest(canonicals, [3, canonicals.length - 3], signer);
  const seen = JSON.parse(lines[4] ?? '') as { readonly checkpoint: string }; // The line after three entries.
  const [, size = '', root = ''] = seen.checkpoint.split('\n');
  const checkpoints = [{ size: Number(size), root, note: seen.checkpoint }];
  return { lines, verifierKey: signer.verifierKey, checkpoints };
}

function evidenceOf(story: readonly Written[] = STORY): Evidence {
  const signal: Act = {
    name: 'signal',
    state: 'acknowledged',
    refusals: 0,
    text: '',
    answer: { signalId: 'sig_1' },
  };
  const one: Case = {
    name: 'ci/pipeline',
    kind: 'leak',
    subject: { target: 'ci', identity: 'pipeline', credential: 'key-1', secret: 's' },
    tellsCredentialsApart: true,
    attacker: 'attacker-1',
    suspectAtMs: 0,
    acts: new Map([['signal', signal]]),
    incident: INCIDENT,
    settled: true,
  };
  const view: IncidentView = {
    id: INCIDENT,
    status: 'open',
    standing: { sentence: 'contained', contained: true },
    cuts: [{ id: CUT, status: 'proven', guarantee: 'G5' }],
    decisions: [],
    windows: [],
  };
  const subject = { target: 'ci', identity: 'pipeline', credential: 'key-1', verb: 'disable' };
  const done = { ...subject, key: `${KEY}:disable`, effects: 1 };
  return {
    ...exportOf(story),
    cases: [one],
    views: new Map([[INCIDENT, view]]),
    rows: {
      incidents: new Map([
        [INCIDENT, { status: 'open', sentence: 'contained', version: story.length - 1 }],
      ]),
      cuts: new Map([[CUT, 'proven']]),
      decisions: new Map(),
      steps: [],
    },
    readAtMs: 10_000,
    effects: [done],
    changes: [{ ...done, at: '2026-12-01T03:00:10.000Z', actor: 'firebreak', outcome: 'done' }],
    attackers: [{ id: 'attacker-1', can: [], willBeAbleTo: [], minted: [] }],
    shutOut: [],
  };
}

function without(kind: string): readonly Written[] {
  return STORY.filter(([name]) => name !== kind);
}

function changed(kind: string, change: JsonObject): readonly Written[] {
  return STORY.map(([name, data, inIncident]) => [
    name,
    name === kind ? { ...data, ...change } : data,
    inIncident ?? true,
  ]);
}

function first<Item>(items: readonly Item[]): Item {
  const [item] = items;
  if (item === undefined) throw new Error('the evidence has one of each');
  return item;
}

const CLEAN = evidenceOf();
const ROWS = CLEAN.rows;
const EFFECT = first(CLEAN.effects);
const CHANGE = first(CLEAN.changes);
const STEP = { id: 'stp_1', kind: 'cut.probe', dueAtMs: 0, reason: null };

// table: what is wrong, and what is said of it
const PLANTED: readonly (readonly [what: string, evidence: Evidence, said: string])[] = [
  ['a lost signal', evidenceOf(without('signal.received')), 'signal sig_1 stands on the ledger 0'],
  [
    'a signal that nobody considered',
    evidenceOf(without('signal.attached')),
    'attachment of signal',
  ],
  ['a cut without authority', evidenceOf(without('cut.authorised')), 'applied without authority'],
  [
    'authority for another action',
    evidenceOf(
      changed('cut.authorised', { authority: { by: 'mandate', id: 'leak', digest: 'sha256:b' } }),
    ),
    'another digest',
  ],
  [
    'a decision nobody took',
    evidenceOf(
      changed('cut.authorised', { authority: { by: 'decision', id: 'dec_1', digest: 'sha256:a' } }),
    ),
    'was not approved',
  ],
  ['no inverse', evidenceOf(changed('cut.applying', { inverse: null })), 'without its inverse'],
  ['a second order', evidenceOf(changed('cut.applying', { attempt: 2 })), 'ordered again'],
  ['an effect that is not on record', evidenceOf(without('cut.applying')), 'is not on the ledger'],
  [
    'an effect before its record',
    { ...CLEAN, changes: [{ ...CHANGE, at: '2026-12-01T02:00:00.000Z' }] },
    'its inverse was recorded at',
  ],
  [
    'a change under no order',
    { ...CLEAN, changes: [{ ...CHANGE, key: 'other' }] },
    'belongs to no order',
  ],
  ['a repeated effect', { ...CLEAN, effects: [{ ...EFFECT, effects: 2 }] }, 'took effect 2 times'],
  [
    'an effect of two orders',
    { ...CLEAN, effects: [EFFECT, { ...EFFECT, key: 'cut_2:apply:1:disable' }] },
    '2 effects of different orders',
  ],
  [
    'an attacker with access',
    { ...CLEAN, attackers: [{ id: 'attacker-1', can: ['read'], willBeAbleTo: [], minted: [] }] },
    'the attacker still can read',
  ],
  [
    'an end that never came',
    { ...CLEAN, cases: [{ ...first(CLEAN.cases), settled: false }] },
    'did not come to its end',
  ],
  ['one that stays shut out', { ...CLEAN, shutOut: ['ci/pipeline'] }, 'still shut out'],
  [
    'a row that differs',
    { ...CLEAN, rows: { ...ROWS, cuts: new Map([[CUT, 'applied']]) } },
    'row applied, fold proven',
  ],
  [
    'a missing entry',
    {
      ...CLEAN,
      rows: {
        ...ROWS,
        incidents: new Map([[INCIDENT, { status: 'open', sentence: 'contained', version: 9 }]]),
      },
    },
    'version 9 has 7 entries',
  ],
  [
    'a step that stays claimed',
    { ...CLEAN, rows: { ...ROWS, steps: [{ ...STEP, state: 'claimed' }] } },
    'stays claimed',
  ],
  [
    'a blocked step',
    { ...CLEAN, rows: { ...ROWS, steps: [{ ...STEP, state: 'blocked' }] } },
    'is blocked',
  ],
  [
    'a forgotten step',
    { ...CLEAN, rows: { ...ROWS, steps: [{ ...STEP, state: 'planned' }] } },
    'is forgotten',
  ],
  [
    'another ledger than was seen',
    {
      ...CLEAN,
      checkpoints: [{ ...first(CLEAN.checkpoints), root: Buffer.alloc(32).toString('base64') }],
    },
    'does not continue the checkpoint',
  ],
  ['a ledger that was cut off', { ...CLEAN, lines: CLEAN.lines.slice(0, -1) }, 'ledger: '],
];

describe('what a crash test is judged by', () => {
  it('finds nothing in what is as it should be', async () => {
    expect(await judge(CLEAN)).toEqual([]);
  });

  it.for(PLANTED)('finds %s', async ([, evidence, said]) => {
    expect((await judge(evidence)).join('\n')).toContain(said);
  });
});
