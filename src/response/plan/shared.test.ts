import { describe, expect, it } from 'vitest';
import { type SharedSeen, sharedPlan, type SharedWay } from './shared.ts';

function user(name: string, ...services: readonly string[]): SharedSeen['consumers'][number] {
  return {
    name,
    direct: true,
    services: services.map((service) => ({ id: service, name: service, tier: null })),
  };
}

const SEEN: SharedSeen = {
  target: 'ledger-db',
  grain: 'identity',
  credentials: 1,
  overlap: 'twin',
  consumers: [user('b', 'search'), user('a', 'payments')],
};

describe('a shared identity', () => {
  // table: what is known of it, and which of the three ways its cut goes
  it.each<[string, Partial<SharedSeen>, SharedWay | null]>([
    ['several keys that the target tells apart', { grain: 'credential', credentials: 2 }, 'narrow'],
    ['one key', { grain: 'credential' }, null],
    ['two who do not belong together, and a twin', {}, 'split'],
    ['two who do not belong together, and both at once', { overlap: 'native' }, 'sum'],
    ['two who do not belong together, and nothing new', { overlap: 'none' }, 'sum'],
    ['two who do not belong together, and no rotation', { overlap: null }, 'sum'],
    ['two of one service', { consumers: [user('a', 'x'), user('b', 'x')] }, null],
    ['one', { consumers: [user('a', 'x', 'y')] }, null],
    [
      'one, and another behind it',
      { consumers: [user('a', 'x'), { ...user('b', 'y'), direct: false }] },
      null,
    ],
    ['nobody known', { consumers: [] }, null],
  ])('used by %s', (_, changes, way) => {
    expect(sharedPlan({ ...SEEN, ...changes })?.way ?? null).toBe(way);
  });

  it('says who would stop, and what is done instead', () => {
    expect(sharedPlan(SEEN)?.why).toBe(
      'a, b use it for payments and for search, and ledger-db cannot tell them apart: they are given an identity of their own first, then it is cut',
    );
    expect(sharedPlan({ ...SEEN, overlap: null })?.why).toContain('all of them stop');
  });
});
