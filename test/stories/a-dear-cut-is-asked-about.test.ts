import { expect, it } from 'vitest';
import type { Connector } from '../../src/connectors/contract.ts';
import { ofKind } from './harness/book.ts';
import { tell } from './harness/story.ts';
import { tellOnBothStores } from './harness/stores.ts';

/** The same target, and how long it says that giving back takes. */
function declaring(restoreMs: number): (connector: Connector) => Connector {
  return (connector) => ({
    ...connector,
    describe: () => {
      const capabilities = connector.describe();
      const guarantees = capabilities.guarantees.map((one) => ({ ...one, restoreMs }));
      return { ...capabilities, guarantees };
    },
  });
}

tellOnBothStores('a target that says how long giving back takes', (open) => {
  it('is isolated at once where a wrong cut would be cheap, with the sentence on record', async () => {
    const story = await tell(open, { targets: ['ci'], wrap: declaring(1) });
    await story.report(story.leak('ci'));
    await story.pass('1 min');
    const [attributed] = ofKind(await story.entries(), 'signal.attributed');
    const { automaticUpTo, weighed } = attributed?.data.subject.resolution ?? {};
    expect(automaticUpTo).toBe('G4');
    expect(weighed?.sentence).toMatch(/^Suspend now: \d+ % confidence is enough, we have 80 %\./u);
    expect((await story.incident()).standing.contained).toBe(true);
  });

  it('is only restricted where it would be dear, and people are asked for the rest', async () => {
    const story = await tell(open, { targets: ['ci'], wrap: declaring(36_000_000) });
    await story.report(story.leak('ci', 'in use'));
    await story.pass('1 min');
    const [attributed] = ofKind(await story.entries(), 'signal.attributed');
    const { automaticUpTo, ceilings } = attributed?.data.subject.resolution ?? {};
    expect(automaticUpTo).toBe('G2');
    expect(ceilings).toMatchObject([{ by: 'threshold', to: 'G2' }]);
    const { cuts, decisions } = await story.incident();
    const made = cuts.filter(({ status }) => status !== 'planned');
    expect(new Set(made.map(({ guarantee }) => guarantee))).toEqual(new Set(['G2']));
    expect(decisions).toMatchObject([{ state: 'open', kind: 'contain' }]);
  });
});
