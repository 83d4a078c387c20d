import { expect, it } from 'vitest';
import { verifyExport } from '../../src/ledger/index.ts';
import { tell } from './harness/story.ts';
import { tellOnBothStores } from './harness/stores.ts';

tellOnBothStores('the ledger of a whole story', (open) => {
  it('verifies with the public key alone, and what was changed, taken out or cut off is found', async () => {
    const story = await tell(open, { targets: ['ci'] });
    await story.report(story.leak('ci'));
    await story.untilRevoked();
    const { ledger } = story.engine;
    await ledger.sealNow();
    const { verifierKey } = ledger;
    const { note } = await ledger.latestCheckpoint();
    const lines = await Array.fromAsync(ledger.exportLines());
    const verify = async (tampered: readonly string[]): Promise<readonly string[]> => {
      const report = await verifyExport(tampered, { verifierKey, checkpoint: note });
      expect(report.ok).toBe(report.findings.length === 0);
      return report.findings.map((finding) => finding.code);
    };
    expect(await verify(lines)).toEqual([]);

    const proven = lines.findIndex((line) => line.includes('cut.proven'));
    const changed = lines.with(proven, (lines[proven] ?? '').replace('outside', 'inside!'));
    expect(changed[proven]).not.toBe(lines[proven]);
    expect(await verify(changed)).not.toEqual([]);
    expect(await verify(lines.toSpliced(proven, 1))).not.toEqual([]);
    expect(await verify(lines.slice(0, proven))).not.toEqual([]);
    const [one = '', two = ''] = lines.slice(proven, proven + 2);
    expect(await verify(lines.with(proven, two).with(proven + 1, one))).not.toEqual([]);
  });
});
