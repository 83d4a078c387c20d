import { describe, expect, it } from 'vitest';
import { partsForTest, type PartsForTest } from '../inventory/testing.ts';
import { isFirebreakError, reveal, Secret } from '../kernel/index.ts';
import type { Store } from '../store/index.ts';
import { describeOnBothStores } from '../store/testing.ts';
import { authenticate, signSignal, verifySignature } from './authenticity.ts';
import { createCustody, seal, unseal } from './custody.ts';
import type { IncomingSignal, Signals, SignalSource } from './model.ts';
import { parseStatement } from './parse.ts';
import { createSignals } from './signals.ts';
import { signalMigrations } from './store.ts';

const HMAC_SECRET = new Secret('hmac secret of the scanner');
const CUSTODY_KEY = new Secret('custody key');
const SOURCES: readonly SignalSource[] = [
  { name: 'scanner', secret: HMAC_SECRET, confidenceMax: 'strong' },
  { name: 'siem', token: 'siem-token', confidenceMax: 'medium' },
  { name: 'form', open: true, confidenceMax: 'proven' },
];
const LEAKED = 'ghp_the_leaked_secret';
const BODY = {
  type: 'credential-exposed',
  subject: { refs: [{ system: 'git', type: 'token', value: 't-1' }], secret: LEAKED },
  occurredAt: '2026-12-01T02:59:00Z',
  confidence: 'proven',
  key: 'alert-1',
  detail: { url: `https://paste.example/?q=${LEAKED}`, [LEAKED]: [LEAKED] },
};
const NOW_MS = Date.parse('2026-12-01T03:00:00Z');

function signed(body: unknown, atMs = NOW_MS, secret = HMAC_SECRET): IncomingSignal {
  const rawBody = typeof body === 'string' ? body : JSON.stringify(body);
  const signature = signSignal(secret, atMs, rawBody);
  const headers = { 'firebreak-source': 'scanner', 'firebreak-signature': signature };
  return { rawBody, headers, tokenName: null };
}

function thrownBy(act: () => unknown): unknown {
  try {
    act();
    return null;
  } catch (error) {
    return error;
  }
}

function codeOf(act: () => unknown): string {
  const error = thrownBy(act);
  return isFirebreakError(error) ? error.code : 'none';
}

async function openSignals(
  store: Store,
): Promise<{ readonly parts: PartsForTest; readonly signals: Signals }> {
  const parts = await partsForTest(store, signalMigrations);
  return { parts, signals: createSignals({ ...parts, custodyKey: CUSTODY_KEY, sources: SOURCES }) };
}

const nothing = () => null;

describeOnBothStores('an accepted signal', (open) => {
  it('is one write: the signal, its entry, and what follows from it', async () => {
    const store = await open();
    const { parts, signals } = await openSignals(store);
    let started = 0;
    const mark = { sql: `insert into custody values ('mark', 'p', 'c', 1)`, params: [], rows: 1 };
    const { signalId, repeated, signal } = await signals.accept(signed(BODY), () => ({
      commands: [mark],
      start: () => {
        started += 1;
      },
    }));
    expect({ repeated, started }).toEqual({ repeated: false, started: 1 });
    expect(signal).toMatchObject({
      authenticity: 'signed',
      confidence: 'strong',
      source: 'scanner',
    });
    expect(await signals.get(signalId)).toEqual(signal);
    expect(await signals.list({ limit: 10 })).toEqual([signal]);
    expect(parts.entries).toMatchObject([{ kind: 'signal.received', actor: 'source:scanner' }]);
    // What follows fails: then nothing was received, and a repeat is welcome.
    const failing = signals.accept(signed({ ...BODY, key: 'alert-2' }), () => ({
      commands: [mark],
      start: () => expect.unreachable(),
    }));
    await expect(failing).rejects.toMatchObject({ code: 'store-constraint' });
    expect(await signals.list({ limit: 10 })).toHaveLength(1);
    expect(parts.entries).toHaveLength(1);
  });

  it('promise 12: keeps its secret in custody, and nowhere else', async () => {
    const store = await open();
    const { signals, parts } = await openSignals(store);
    const { signal } = await signals.accept(signed(BODY), nothing);
    const kept = await signals.custody.open(signal.custody ?? '');
    expect(kept === null ? null : reveal(kept)).toBe(LEAKED);
    expect(signal.fingerprint).toMatch(/^hs256:/u);
    expect(signal.detail['url']).toBe('https://paste.example/?q=[secret]');
    for (const table of ['signal', 'custody', 'ledger_entry']) {
      const rows = await store.query({ sql: `select * from ${table}`, params: [] });
      expect(rows.length).toBeGreaterThan(0);
      expect(JSON.stringify(rows)).not.toContain(LEAKED);
    }
    const other = createCustody({ ...parts, custodyKey: new Secret('another key') });
    await expect(other.open(signal.custody ?? '')).rejects.toMatchObject({
      code: 'secret-unreadable',
    });
    expect(await signals.custody.open('cst_nothing')).toBeNull();
  });

  it('is one signal however often it is repeated, also at once', async () => {
    const { signals } = await openSignals(await open());
    const respaced = signed(JSON.stringify(BODY, null, 2));
    const all = await Promise.all(
      [signed(BODY), respaced, signed(BODY)].map((one) => signals.accept(one, nothing)),
    );
    expect(new Set(all.map(({ signalId }) => signalId)).size).toBe(1);
    expect(all.filter(({ repeated }) => !repeated)).toHaveLength(1);
    for (const change of [{ type: 'credential-misuse' }, { subject: { secret: 'another' } }]) {
      const other = signals.accept(signed({ ...BODY, ...change }), nothing);
      await expect(other).rejects.toMatchObject({ code: 'signal-key-reused' });
    }
    const headers = { 'firebreak-source': 'siem' };
    const rawBody = JSON.stringify(BODY);
    const siem = await signals.accept({ rawBody, headers, tokenName: 'siem-token' }, nothing);
    expect(siem).toMatchObject({
      repeated: false,
      signal: { authenticity: 'bearer', confidence: 'medium' },
    });
  });
});

describe('authenticity', () => {
  const sources = new Map(SOURCES.map((source) => [source.name, source]));
  const check = (change: Partial<IncomingSignal>, incoming = signed(BODY)): string =>
    codeOf(() => authenticate({ ...incoming, ...change }, sources, NOW_MS));

  it('refuses what is wrongly signed, and never believes it less instead', () => {
    expect(check({})).toBe('none');
    expect(check({ rawBody: JSON.stringify({ ...BODY, key: 'x' }) })).toBe('signal-unauthentic');
    expect(check({}, signed(BODY, NOW_MS, new Secret('wrong')))).toBe('signal-unauthentic');
    expect(check({}, signed(BODY, NOW_MS - 301_000))).toBe('signal-unauthentic');
    expect(check({}, signed(BODY, NOW_MS + 301_000))).toBe('signal-unauthentic');
    expect(check({}, signed(BODY, NOW_MS - 299_000))).toBe('none');
    const scanner = { 'firebreak-source': 'scanner' };
    expect(check({ headers: scanner, tokenName: 'siem-token' })).toBe('signal-unauthentic');
    for (const signature of ['', 't=1', 'v1=00', `t=1,v1=${'0'.repeat(64)}`, 't=x,v1=zz']) {
      const headers = { ...scanner, 'firebreak-signature': signature };
      expect(check({ headers })).toBe('signal-unauthentic');
    }
  });

  it('lets a token speak for its own source only', () => {
    const headers = { 'firebreak-source': 'siem' };
    expect(check({ headers, tokenName: 'siem-token' })).toBe('none');
    expect(check({ headers, tokenName: 'other' })).toBe('signal-unauthentic');
    expect(check({ headers, tokenName: null })).toBe('signal-unauthentic');
    expect(check({ headers: {}, tokenName: null })).toBe('signal-unauthentic');
    expect(check({ headers: { 'firebreak-source': 'x' } })).toBe('signal-source-unknown');
    const { source } = authenticate(
      { ...signed(BODY), headers: {}, tokenName: 'siem-token' },
      sources,
      NOW_MS,
    );
    expect(source.name).toBe('siem');
    const open = { ...signed(BODY), headers: { 'firebreak-source': 'form' } };
    expect(authenticate(open, sources, NOW_MS).authenticity).toBe('unauthenticated');
  });

  it('signs the way the documents say', () => {
    const header = signSignal(new Secret('k'), 1_700_000_000_999, '{"a":1}');
    // Computed with another program.
    const hex = '1b6ad1bc9bf48c52ce01939866d5877c6cc4e87ddad27e16673cb8c4964394a3';
    expect(header).toBe(`t=1700000000,v1=${hex}`);
    expect(
      codeOf(() => verifySignature(new Secret('k'), header, '{"a":1}', 1_700_000_000_000)),
    ).toBe('none');
  });
});

describe('a statement', () => {
  it.each([
    ['not JSON', '{', 'the body'],
    ['a list', '[]', 'the body'],
    ['an unknown member', { ...BODY, colour: 1 }, 'colour'],
    ['an unknown type', { ...BODY, type: 'leak' }, 'type'],
    ['no subject', { ...BODY, subject: undefined }, 'subject'],
    ['an empty subject', { ...BODY, subject: { refs: [] } }, 'subject'],
    [
      'a ref too many members',
      { ...BODY, subject: { refs: [{ system: 'a', type: 'b', value: 'c', x: 1 }] } },
      'subject.refs[0].x',
    ],
    [
      'a colon in a system',
      { ...BODY, subject: { refs: [{ system: 'a:b', type: 'b', value: 'c' }] } },
      'subject.refs[0].system',
    ],
    [
      'too many refs',
      {
        ...BODY,
        subject: {
          refs: Array.from({ length: 51 }, () => ({ system: 'a', type: 'b', value: 'c' })),
        },
      },
      'subject.refs',
    ],
    ['no time', { ...BODY, occurredAt: 'yesterday' }, 'occurredAt'],
    ['the future', { ...BODY, occurredAt: '2026-12-01T03:06:00Z' }, 'occurredAt'],
    ['no key', { ...BODY, key: '' }, 'key'],
    ['the secret as key', { ...BODY, key: LEAKED }, 'key'],
    ['a lone surrogate', { ...BODY, key: '\ud800' }, 'key'],
    ['U+0000', { ...BODY, detail: { a: ['\u0000'] } }, 'detail'],
    ['a wrong confidence', { ...BODY, confidence: 0.8 }, 'confidence'],
  ])('is refused for %s, by its path and without its secret', (_name, body, path) => {
    const raw = typeof body === 'string' ? body : JSON.stringify(body);
    const error = thrownBy(() => parseStatement(raw, NOW_MS));
    expect(error).toMatchObject({ code: 'request-invalid', facts: { path } });
    expect(String(error)).not.toContain(LEAKED);
  });

  it('has a size', () => {
    const body = JSON.stringify({ ...BODY, detail: { x: 'x'.repeat(70_000) } });
    expect(codeOf(() => parseStatement(body, NOW_MS))).toBe('request-too-large');
  });
});

it('a row of custody cannot stand in for another', () => {
  const key = Buffer.alloc(32, 1);
  const sealed = seal(key, new Secret('s'), 'cst_1\np');
  expect(reveal(unseal(key, sealed, 'cst_1\np'))).toBe('s');
  expect(thrownBy(() => unseal(key, sealed, 'cst_2\np'))).toBeInstanceOf(Error);
});
