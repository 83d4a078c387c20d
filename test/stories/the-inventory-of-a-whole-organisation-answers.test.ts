import { expect, it } from 'vitest';
import type {
  CollateralAnswer,
  IdentitiesAnswer,
  LookupAnswer,
} from '../../src/api/contract/index.ts';
import { silentLog } from '../../src/kernel/index.ts';
import { openEdge, type Edge } from './harness/api.ts';
import { moveInto, refsIn, tagIn, textIn, type Line, type Northlake } from './harness/northlake.ts';
import { tell } from './harness/story.ts';
import { tellOnBothStores } from './harness/stores.ts';

async function ask<Answer>({ server, token }: Edge, url: string): Promise<Answer> {
  const headers = { authorization: `Bearer ${token}` };
  const answer = await server.app.inject({ method: 'GET', url, headers });
  expect(answer.statusCode, answer.body).toBe(200);
  return answer.json<Answer>();
}

/** No claim at all, or only claims of people who are gone. */
function orphansOf(northlake: Northlake, nowMs: number): readonly string[] {
  const left = new Set(
    northlake
      .of('party')
      .filter((party) => Date.parse(textIn(party, 'leftAt')) <= nowMs)
      .flatMap(refsIn),
  );
  const isOrphan = (line: Line): boolean => {
    // Written in the form of an inventory.
    const claims = (line['owners'] ?? []) as readonly { readonly party: string }[];
    return claims.every(({ party }) => left.has(party));
  };
  return northlake
    .of('identity')
    .filter(isOrphan)
    .map((line) => refsIn(line)[0] ?? '');
}

async function listed(edge: Edge, query: string): Promise<readonly string[]> {
  const refs: string[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const url = `/v1/identities?limit=25&${query}${cursor === '' ? '' : `&cursor=${cursor}`}`;
    const page: IdentitiesAnswer = await ask<IdentitiesAnswer>(edge, url);
    for (const { refs: all } of page.identities) {
      refs.push(all.map(({ system, type, value }) => `${system}:${type}:${value}`)[0] ?? '');
    }
    ({ cursor } = page);
  }
  return refs;
}

/** Credentials that lie in several places, and those that workloads of several owners use. */
function sharedOf(northlake: Northlake): {
  copies: readonly string[];
  consumers: readonly string[];
} {
  const refs = northlake.of('credential').map((line) => refsIn(line)[0] ?? '');
  const ownersOf = (ref: string): ReadonlySet<string> =>
    new Set(northlake.edges('uses', ref).map((user) => tagIn(northlake.lineOf(user), 'owner')));
  return {
    copies: refs.filter((ref) => northlake.edges('holds', ref).length > 1),
    consumers: refs.filter((ref) => ownersOf(ref).size > 1),
  };
}

tellOnBothStores('the inventory of a whole organisation', (open) => {
  it('says for a shared key who answers for it, who else might, and which tenants a cut hits', async () => {
    const story = await tell(open, { targets: ['ci'] });
    const northlake = await moveInto(story);
    const edge = await openEdge(story, silentLog);
    const key = 'AKIAEXAMPLESHAREDKEY';
    const card = await ask<LookupAnswer>(edge, `/v1/lookup?ref=${key}`);
    const technical = card.owners.find(({ role }) => role === 'technical');
    const others = technical?.alternates.map(({ name }) => name).toSorted();
    expect(technical?.name).toBe('media-team');
    expect(others).toEqual(['customer-team', 'logistics-team', 'storefront-team']);
    expect(card.owners.find(({ role }) => role === 'business')?.contact).toMatch(/@northlake/u);

    const users = northlake.edges('uses', `aws:access-key:${key}`);
    expect(card.card.collateral.known).toBe(users.length);
    const url = `/v1/identities/${card.identity.id}/collateral`;
    const cut = await ask<CollateralAnswer>(edge, url);
    const stopped = [...northlake.stopsWith([`aws:access-key:${key}`])].map(northlake.lineOf);
    const tenants = new Set(stopped.map((line) => tagIn(line, 'tenant')).filter(Boolean));
    expect(cut.tenants).toEqual([...tenants].toSorted());
    expect(cut.tenants).toEqual(
      expect.arrayContaining(['northlake', 'northlake-au', 'northlake-us']),
    );
    const services = stopped.flatMap((line) =>
      line?.['type'] === 'service' ? textIn(line, 'name') : [],
    );
    expect(cut.services.map(({ name }) => name).toSorted()).toEqual(services.toSorted());
    expect(services).toEqual(
      expect.arrayContaining(['checkout', 'loyalty-api', 'media-api', 'shipping-api']),
    );
    expect(cut.shared.map(({ kind }) => kind)).toContain('consumers');
    expect(cut.known.every(({ cutAlone }) => !cutAlone.possible)).toBe(true);
  });

  it('lists as orphans exactly those for whom nobody is there', async () => {
    const story = await tell(open, { targets: ['ci'] });
    const northlake = await moveInto(story);
    const edge = await openEdge(story, silentLog);
    const orphans = orphansOf(northlake, story.clock.nowMs());
    expect(orphans.length).toBeGreaterThan(20);
    const found = await listed(edge, 'ownerState=orphan');
    expect(found.toSorted()).toEqual(orphans.toSorted());
  });

  it('finds every key that is shared, and every secret that was copied', async () => {
    const story = await tell(open, { targets: ['ci'] });
    const northlake = await moveInto(story);
    const { inventory, dependencies } = story.engine;
    const { found, count } = dependencies.sharedUses();
    expect(found.length).toBe(count);
    const refsOf = async (kind: string): Promise<readonly string[]> => {
      const ids = found
        .filter((use) => use.kind === kind)
        .flatMap(({ credentials }) => credentials);
      const records = await Promise.all(ids.map((id) => inventory.credential(id)));
      return records.map((record) => {
        const ref = record?.refs[0];
        return ref === undefined ? '' : `${ref.system}:${ref.type}:${ref.value}`;
      });
    };
    const shared = sharedOf(northlake);
    const copied = (await refsOf('copies')).toSorted();
    expect(copied).toEqual(shared.copies.toSorted());
    expect(copied.filter((ref) => ref.startsWith('coralpay:')).length).toBe(2);
    // Consumers of one owner may also differ in services: those are found beside.
    expect(await refsOf('consumers')).toEqual(expect.arrayContaining([...shared.consumers]));
    expect(shared.consumers.length).toBeGreaterThan(3);
  });
});
