import { describe, expect, it } from 'vitest';
import { IDENTITY_KINDS } from '../../inventory/index.ts';
import type { Line } from './book.ts';
import { describeOrganisation, organisationText } from './organisation.ts';
import { SHAPES } from './scene.ts';

const AT_MS = Date.parse('2026-12-01T00:00:00Z');
const DAY_MS = 86_400_000;

interface Claim {
  readonly role: string;
  readonly party: string;
  readonly confidence: number;
  readonly assertedAt: string;
}

/** What the lines say, read anew: nothing of the generator is asked. */
class Reading {
  readonly lines: readonly Line[];
  readonly identities: readonly Line[];
  readonly credentials: readonly Line[];
  readonly edges: readonly Line[];
  readonly byRef = new Map<string, Line>();
  readonly tails = new Map<string, Line[]>();

  constructor(lines: readonly Line[]) {
    this.lines = lines;
    this.identities = this.of('identity');
    this.credentials = this.of('credential');
    this.edges = this.of('edge');
    for (const line of lines) for (const ref of textsIn(line, 'refs')) this.byRef.set(ref, line);
    for (const edge of this.edges) {
      const key = `${textIn(edge, 'relation')} ${textIn(edge, 'to')}`;
      this.tails.set(key, [...(this.tails.get(key) ?? []), edge]);
    }
  }

  of(type: string): readonly Line[] {
    return this.lines.filter((line) => line['type'] === type);
  }

  /** Who stands at the other end of these edges. */
  into(line: Line, relation: string): readonly Line[] {
    const edges = this.tails.get(`${relation} ${firstRef(line)}`) ?? [];
    const found = edges.map((edge) => this.byRef.get(textIn(edge, 'from')));
    return found.filter((line) => line !== undefined);
  }

  hasLeft(party: string): boolean {
    const left = this.byRef.get(party)?.['leftAt'];
    return typeof left === 'string' && Date.parse(left) <= AT_MS;
  }
}

function textIn(line: Line, member: string): string {
  const value = line[member];
  return typeof value === 'string' ? value : '';
}

function textsIn(line: Line, member: string): readonly string[] {
  const value: unknown = line[member];
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

const firstRef = (line: Line): string => textsIn(line, 'refs')[0] ?? '';
const ageDays = (text: string): number => (AT_MS - Date.parse(text)) / DAY_MS;
const tagged = (line: Line, tag: string): boolean => textsIn(line, 'tags').includes(tag);
const ownerTag = (line: Line): string =>
  textsIn(line, 'tags').find((tag) => tag.startsWith('owner:')) ?? '';

function claimsOf(line: Line): readonly Claim[] {
  // Written by the generator in the form of an inventory.
  return (line['owners'] ?? []) as readonly Claim[];
}

function technical(line: Line): readonly Claim[] {
  return claimsOf(line).filter(({ role }) => role === 'technical');
}

function isContested(one: Line, all: Reading): boolean {
  const live = technical(one).filter(({ party }) => !all.hasLeft(party));
  const most = Math.max(...live.map(({ confidence }) => confidence));
  return new Set(live.flatMap((it) => (it.confidence === most ? it.party : []))).size > 1;
}

type Trait = readonly [
  name: string,
  among: (all: Reading) => readonly Line[],
  has: (line: Line, all: Reading) => boolean,
  least: number,
  most: number,
];

const identities = (all: Reading): readonly Line[] => all.identities;
const credentials = (all: Reading): readonly Line[] => all.credentials;
const living = (line: Line): boolean => !(ageDays(textIn(line, 'expiresAt')) > 0);

// table: the traits of docs/operating/inventory.md, each with the share it has at least and at most
const TRAITS: readonly Trait[] = [
  ['nobody claims it', identities, (one) => claimsOf(one).length === 0, 0.03, 0.05],
  [
    'all who claim it have left',
    identities,
    (one, all) =>
      claimsOf(one).length > 0 && claimsOf(one).every(({ party }) => all.hasLeft(party)),
    0.02,
    0.05,
  ],
  [
    'its strongest claim names somebody who left',
    identities,
    (one, all) => {
      const [best] = technical(one).toSorted((left, right) => right.confidence - left.confidence);
      const hasLive = claimsOf(one).some(({ party }) => !all.hasLeft(party));
      return best !== undefined && all.hasLeft(best.party) && hasLive;
    },
    0.03,
    0.06,
  ],
  ['two are claimed alike', identities, isContested, 0.02, 0.05],
  [
    'every claim is older than a year',
    identities,
    (one, all) => {
      const live = claimsOf(one).filter(({ party }) => !all.hasLeft(party));
      return live.length > 0 && live.every(({ assertedAt }) => ageDays(assertedAt) > 365);
    },
    0.1,
    0.16,
  ],
  ['run by a provider', identities, (one) => one['operator'] === 'orbis', 0.08, 0.2],
  ['open to the internet', identities, (one) => one['exposure'] === 'public', 0.07, 0.14],
  ['never ends', credentials, (one) => one['expiresAt'] === undefined, 0.35, 0.6],
  [
    'ends within a month',
    credentials,
    (one) => ageDays(textIn(one, 'expiresAt')) < -1 && ageDays(textIn(one, 'expiresAt')) >= -30,
    0.03,
    0.1,
  ],
  ['has ended', credentials, (one) => ageDays(textIn(one, 'expiresAt')) > 0, 0.03, 0.1],
  [
    'alive, and unused for three months',
    credentials,
    (one) => living(one) && ageDays(textIn(one, 'lastUsedAt')) > 90,
    0.07,
    0.18,
  ],
  ['nobody knows its last use', credentials, (one) => textIn(one, 'lastUsedAt') === '', 0.08, 0.2],
  [
    'granted more than was seen in use',
    credentials,
    (one) =>
      one['usedScopes'] !== undefined &&
      textsIn(one, 'usedScopes').length < textsIn(one, 'scopes').length,
    0.12,
    0.35,
  ],
  [
    'used by consumers of several owners',
    credentials,
    (one, all) => new Set(all.into(one, 'uses').map(ownerTag)).size > 1,
    0.01,
    0.06,
  ],
  [
    'kept in several places',
    credentials,
    (one, all) => all.into(one, 'holds').length > 1,
    0.015,
    0.06,
  ],
  ['stale', ({ edges }) => edges, (one) => ageDays(textIn(one, 'observedAt')) > 180, 0.06, 0.2],
  ['critical', (all) => all.of('service'), (one) => one['tier'] === 1, 0.02, 0.13],
  ['no tier', (all) => all.of('service'), (one) => one['tier'] === undefined, 0.2, 0.4],
];

const SIZES = [
  [1, 2_000],
  [7, 2_000],
  [20_261_120, 2_000],
  [3, 700],
  [4, 5_000],
] as const;

describe.each(SIZES)('the organisation of seed %i with %i identities', (seed, count) => {
  const all = new Reading(describeOrganisation({ seed, atMs: AT_MS, identities: count }));

  it('has as many identities as asked for, of all kinds, and services in proportion', () => {
    expect(all.identities.length).toBe(count);
    for (const kind of IDENTITY_KINDS) {
      const share = all.identities.filter((one) => one['kind'] === kind).length / count;
      expect(share, kind).toBeGreaterThan(0.03);
    }
    const services = all.of('service').length;
    expect(services).toBeLessThanOrEqual(500);
    expect(Math.abs(services - Math.min(488, count * 0.15))).toBeLessThanOrEqual(1);
    expect(all.of('workload').length).toBeGreaterThan(services);
    expect(all.of('resource').length).toBeGreaterThan(services);
    expect(all.credentials.length).toBeGreaterThan(count * 0.9);
  });

  it('has four tenants, and a provider runs all of one and nothing else', () => {
    const tenants = all.of('party').filter((one) => one['partyKind'] === 'tenant');
    expect(tenants.length).toBe(4);
    for (const { name } of tenants as readonly { readonly name?: unknown }[]) {
      const own = all.identities.filter((one) => one['tenant'] === name);
      const run = own.filter((one) => one['operator'] === 'orbis');
      expect(own.length / count, String(name)).toBeGreaterThan(0.05);
      expect(run.length).toBe(name === 'northlake-payments' ? own.length : 0);
    }
  });

  it('names each thing once, and no edge leads nowhere', () => {
    const refs = all.lines.flatMap((line) => textsIn(line, 'refs'));
    expect(new Set(refs).size).toBe(refs.length);
    const ends = all.edges.flatMap((edge) => [textIn(edge, 'from'), textIn(edge, 'to')]);
    expect(ends.filter((end) => !all.byRef.has(end))).toEqual([]);
    const owners = all.identities.flatMap(claimsOf).map(({ party }) => party);
    expect(owners.filter((party) => !all.byRef.has(party))).toEqual([]);
    const proved = all.credentials.map((one) => textIn(one, 'identity'));
    expect(proved.filter((ref) => all.byRef.get(ref)?.['type'] !== 'identity')).toEqual([]);
  });

  it.each(TRAITS)('%s: has its share', (_name, among, has, least, most) => {
    const those = among(all);
    const share = those.filter((one) => has(one, all)).length / those.length;
    expect(share).toBeGreaterThanOrEqual(least);
    expect(share).toBeLessThanOrEqual(most);
  });

  it('holds each shape that every organisation has somewhere', () => {
    for (const shape of SHAPES) {
      expect(
        all.identities.some((one) => tagged(one, `shape:${shape}`)),
        shape,
      ).toBe(true);
    }
  });

  it('has services that call each other, and roles that take each other on', () => {
    const key = (from: string, relation: string, to: string): string => `${from} ${relation} ${to}`;
    const known = new Set(
      all.edges.map((one) => key(textIn(one, 'from'), textIn(one, 'relation'), textIn(one, 'to'))),
    );
    for (const relation of ['depends-on', 'assumes']) {
      const both = all.edges.filter(
        (one) =>
          one['relation'] === relation &&
          known.has(key(textIn(one, 'to'), relation, textIn(one, 'from'))),
      );
      expect(both.length, relation).toBeGreaterThanOrEqual(2);
    }
  });

  it('calls nothing that could be real: keys say EXAMPLE, addresses are of example', () => {
    const text = all.lines.map((line) => JSON.stringify(line)).join('\n');
    expect(text.match(/A[KS]IA(?!EXAMPLE)[A-Z2-7]{12,}/gu)).toBeNull();
    expect(text.match(/SHA256:(?!EXAMPLE)[\w+/]{20,}/gu)).toBeNull();
    const hosts = [...text.matchAll(/@([\w.-]+\.[a-z]{2,})/gu)].map(([, host = '']) => host);
    const own = /(?:^|\.)example$|\.iam\.gserviceaccount\.com$/u;
    expect(hosts.filter((host) => !own.test(host))).toEqual([]);
  });
});

describe('the file of the organisation', () => {
  const settings = { seed: 7, atMs: AT_MS, identities: 300 };

  it('is the same for the same seed, and another for another', () => {
    const text = organisationText(settings);
    expect(organisationText(settings)).toBe(text);
    expect(organisationText({ ...settings, seed: 8 })).not.toBe(text);
  });

  it('holds the simulated world too, without its secrets', () => {
    const lines = organisationText(settings).trim().split('\n');
    // Written line by line as objects.
    const records = lines.map((line) => JSON.parse(line) as Line);
    const names = records.map((line) => textIn(line, 'name'));
    expect(names).toEqual(expect.arrayContaining(['pipeline-payments', 'probe-control']));
    const secrets = records.filter((line) => line['secret'] !== undefined);
    expect(secrets.every((line) => textIn(line, 'secret').startsWith('example-'))).toBe(true);
  });
});
