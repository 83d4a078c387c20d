import { expect, it } from 'vitest';
import { decidingCharter } from './harness/rights.ts';
import { tell } from './harness/story.ts';
import { tellOnBothStores } from './harness/stores.ts';

tellOnBothStores('beside the decider', (open) => {
  it('an approver who is missing keeps what cannot be undone from happening', async () => {
    const story = await tell(open, { targets: ['ci'], rules: decidingCharter() });
    const leak = story.leak('ci');
    await story.report(leak);
    await story.person('mia').contains(`ci:credential:${leak.credential}`, 'revoke');
    const asked = await story.decision('revoke');
    expect(asked).toMatchObject({ state: 'open', needs: { deciders: 1, approvers: 1 } });
    expect(asked.votes).toEqual([{ person: 'mia', as: 'decider' }]);
    await expect(story.person('mia').approves(asked)).rejects.toMatchObject({
      code: 'decision-closed',
    });
    await story.pass('25 min');
    await story.restart();
    expect(await story.decision('revoke')).toMatchObject({ state: 'open' });
    // Who has decided is not asked again; who is missing is.
    const again = story.pages.filter(
      (page) => page.about === 'again' && page.decision.kind === 'revoke',
    );
    expect([...new Set(again.map((page) => page.person))]).toEqual(['piet']);
    await story.person('piet').approves(await story.decision('revoke'));
    await story.until(({ cuts }) => cuts.some((cut) => cut.status === 'irrevocable'));
  });

  it('an approval that waits too long has to be given again', async () => {
    const story = await tell(open, { targets: ['ci'], rules: decidingCharter() });
    const leak = story.leak('ci');
    await story.report(leak);
    await story.person('mia').contains(`ci:credential:${leak.credential}`, 'revoke');
    await story.pass('61 min');
    const asked = await story.decision('revoke');
    await story.person('piet').approves(asked);
    expect((await story.decision('revoke')).state).toBe('open');
    await story.person('mia').approves(asked);
    expect((await story.decision('revoke')).state).toBe('approved');
  });

  it('advisers are waited for where nothing burns, and their silence means what the charter says', async () => {
    const story = await tell(open, { targets: ['ci'], rules: decidingCharter() });
    await story.report(story.leak('ci', 'in use'), { by: 'detector', type: 'anomalous-behaviour' });
    await story.pass('1 s');
    const contain = await story.decision('contain');
    expect(contain.advisers.map((one) => one.person)).toEqual(['piet']);
    await story.person('ola').asks('communicate', { audience: 'customers' });
    const tell1 = await story.decision('communicate');
    expect(tell1).toMatchObject({ state: 'open', votes: [{ person: 'ola' }] });
    await story.restart();
    await story.pass('21 min');
    expect(await story.decision('communicate')).toMatchObject({ state: 'approved' });

    await story.person('ola').asks('communicate', { audience: 'staff' });
    const tell2 = await story.decision('communicate');
    await story.person('piet').answers(tell2, 'advise');
    expect(await story.decision('communicate')).toMatchObject({
      state: 'approved',
      advice: [{ person: 'piet', as: 'adviser' }],
    });
    // A cut waits for no advice.
    expect((await story.engine.response.decision(contain.id)).state).toBe('defaulted');
  });
});
