import { expect, it } from 'vitest';
import { present } from '../../src/kernel/index.ts';
import { tell } from './harness/story.ts';
import { tellOnBothStores } from './harness/stores.ts';

tellOnBothStores('letting a leaked credential work again', (open) => {
  it('takes two people, gives back that one alone, and the gate with it', async () => {
    const story = await tell(open, { targets: ['ci'], charter: { revokes: false } });
    const leak = story.leak('ci', 'in use');
    await story.report(leak);
    const held = await story.untilContained();
    await story.until(({ cuts }) => cuts.some((cut) => cut.guarantee === 'G4'));
    await story.untilContained();
    expect(story.isDeniedAtGate(leak)).toBe(true);
    const suspended = present(
      (await story.incident()).cuts.find((cut) => cut.guarantee === 'G4'),
      'it is suspended',
    );
    const { response } = story.engine;
    const order = {
      kind: 'rearm',
      incident: held.id,
      parameters: { containment: suspended.id },
      reason: 'nobody can replace it before Monday',
    } as const;
    const asked = await response.ask(order, { name: 'person:dana', person: 'dana' });
    expect(asked).toMatchObject({ state: 'open', needs: { deciders: 2 } });
    await story.pass('2 min');
    expect(story.world.target('ci').effective().credentials.get(leak.credential)?.enabled).toBe(
      false,
    );
    await story.pass('10 min');
    const other = await story.decision('rearm');
    await story.person('piet').approves(other);
    await story.until(({ cuts }) =>
      cuts.some((cut) => cut.id === suspended.id && cut.status === 'restored'),
    );
    expect(story.world.target('ci').effective().credentials.get(leak.credential)?.enabled).toBe(
      true,
    );
    expect(story.isDeniedAtGate(leak)).toBe(false);
    // What was not asked for stays: it still cannot mint.
    const reduced = (await story.incident()).cuts.find((cut) => cut.guarantee === 'G2');
    expect(reduced?.status).toBe('proven');
    expect(await story.told()).toContain('Letting it work again, as decided');
  });
});
