import { expect, it } from 'vitest';
import { membersOf, MIA, untilRotation } from './harness/rotating.ts';
import { tell, type Story } from './harness/story.ts';
import { tellOnBothStores } from './harness/stores.ts';

const SETTINGS = { acknowledgeMs: 240_000, quietMs: 45_000, observeMs: 15_000 };

async function rotate(story: Story, ref: string, emergency: boolean): Promise<string> {
  const request = { ref, emergency, dryRun: false, reason: 'it leaked' };
  const answer = await story.engine.response.rotate(request, MIA);
  expect(answer.outcome).toBe('started');
  return answer.rotation?.id ?? '';
}

tellOnBothStores('a rotation that belongs to an incident', (open) => {
  it('after a revoke brings everybody back at once, and says which break that was', async () => {
    const story = await tell(open, {
      targets: ['ci'],
      rotationSettings: SETTINGS,
      readers: () => 15_000,
    });
    const leak = story.leak('ci', 'in use');
    const ref = `ci:credential:${leak.credential}`;
    const watch = story.world.watchConsumers(1_000);
    await story.report(leak);
    await story.untilRevoked();
    const orderly = { ref, emergency: false, dryRun: false, reason: 'it leaked' };
    await expect(story.engine.response.rotate(orderly, MIA)).rejects.toMatchObject({
      code: 'rotation-refused',
    });
    const broken = watch.gaps().filter((gap) => gap.untilMs === null);
    expect(broken).toMatchObject([{ credential: leak.credential }]);
    const id = await rotate(story, ref, true);
    const done = await untilRotation(story, id, ({ status }) => status === 'done');
    const step = done.steps.find((one) => one.name === leak.credential);
    expect(step).toMatchObject({ status: 'renewed', hold: 'dead' });
    expect(done.breaks).toMatchObject([{ step: step?.id }]);
    expect(watch.gaps().filter((gap) => gap.untilMs === null)).toEqual([]);
    // The leaked one stays dead, the incident shows the rotation and calls the new one no respawn.
    const { rotations, cuts } = await story.incident();
    expect(rotations).toMatchObject([{ id, status: 'done' }]);
    expect(cuts.filter((cut) => cut.descendantOf !== null)).toEqual([]);
    const state = story.world.target('ci').effective().credentials.get(leak.credential);
    expect(state?.revoked).toBe(true);
  });

  it('mints nothing beside what is suspected and free, and goes on once it is held', async () => {
    const story = await tell(open, {
      targets: ['ledger-db'],
      rotationSettings: SETTINGS,
      readers: () => 15_000,
      // Nothing acts by itself, so that what is suspected stays free until a person holds it.
      charter: { mode: 'ask' },
    });
    const leak = story.leak('ledger-db', 'in use');
    const ref = `ledger-db:identity:${leak.identity}`;
    await story.report(leak);
    await story.pass('5 s');
    const watch = story.world.watchConsumers(1_000);
    // Asked for one credential: whoever uses another one of this identity moves as well.
    const id = await rotate(story, `ledger-db:credential:${leak.credential}`, false);
    const asked = await untilRotation(story, id, ({ status }) => status === 'stopped');
    expect(asked.question).toMatchObject({ kind: 'not-held', choices: ['wait', 'leave'] });
    expect(asked.steps.every((step) => step.mintedAt === null)).toBe(true);
    const hold = { ref, stage: 'restrict', reason: 'hold it', dryRun: false } as const;
    await story.engine.response.contain(hold, MIA);
    const done = await untilRotation(story, id, ({ status }) => status === 'done');
    const renewed = done.steps.filter((step) => step.consumers.length > 0);
    expect(renewed.map((step) => [step.status, step.hold])).toEqual(
      renewed.map(() => ['retired', 'held']),
    );
    // This target cannot tell credentials apart: the consumers moved to a twin, and nobody stood still.
    expect(renewed[0]?.replacement?.['identity']).toMatch(new RegExp(`^${leak.identity}-fb-`, 'u'));
    expect(watch.gaps()).toEqual([]);
  });

  it('ends the old one without the silent consumer only when a person says so, as a break', async () => {
    const story = await tell(open, {
      targets: [{ name: 'ci', identities: 1, secretFrom: 'caller' }],
      rotationSettings: SETTINGS,
      readers: () => null,
    });
    const [member] = membersOf(story, 'ci');
    const watch = story.world.watchConsumers(1_000);
    const id = await rotate(story, `ci:identity:${member?.identity ?? ''}`, false);
    const stopped = await untilRotation(story, id, ({ status }) => status === 'stopped');
    expect(watch.gaps()).toEqual([]);
    const question = stopped.question?.number ?? 0;
    const stranger = { name: 'person:tom', person: 'nobody-of-the-roster' };
    const order = { rotation: id, question, choice: 'retire' } as const;
    await expect(story.engine.response.answerRotation(order, stranger)).rejects.toMatchObject({
      code: 'rotation-refused',
    });
    const after = await story.engine.response.answerRotation(order, MIA);
    expect(after.breaks).toHaveLength(1);
    await story.pass('30 s');
    const gone = after.steps.find((step) => step.id === after.breaks[0]?.step);
    expect(watch.gaps().map((gap) => gap.credential)).toEqual([gone?.name]);
    const cancelled = await story.engine.response.cancelRotation(
      { rotation: id, reason: 'enough' },
      MIA,
    );
    expect(cancelled.status).toBe('cancelled');
  });
});
