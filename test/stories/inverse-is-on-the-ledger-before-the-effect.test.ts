import { expect, it } from 'vitest';
import type { CutOrder } from '../../src/connectors/contract.ts';
import { ofKind, readEntries } from './harness/book.ts';
import { tell } from './harness/story.ts';
import { tellOnBothStores } from './harness/stores.ts';

tellOnBothStores('the inverse of a cut', (open) => {
  it('is on the ledger when the target is called, for every cut that can be taken back', async () => {
    const seen: { readonly order: CutOrder; readonly inverse: boolean }[] = [];
    const story = await tell(open, {
      targets: ['git-host'],
      wrap: (connector, engine) => ({
        ...connector,
        apply: async (order, context) => {
          // Asked of the store, not of anything in memory.
          const [incident] = await engine().response.incidents({ limit: 1 });
          const entries = await readEntries(engine().ledger, incident?.id ?? '');
          const key = context.idempotencyKey;
          const intent = ofKind(entries, 'cut.applying').find((entry) => entry.data.key === key);
          const before = intent?.data;
          seen.push({ order, inverse: before !== undefined && before.inverse !== null });
          return await connector.apply(order, context);
        },
      }),
    });
    await story.report(story.leak('git-host'));
    await story.untilRevoked();
    expect(seen.map(({ order, inverse }) => [order.guarantee, inverse])).toEqual([
      ['G2', true],
      ['G4', true],
      // What can never work again has no inverse, and says so.
      ['G5', false],
    ]);
  });
});
