import { expect, it } from 'vitest';
import { ConnectorFailure, type Connector } from '../../src/connectors/contract.ts';
import { present } from '../../src/kernel/index.ts';
import type { Leak } from '../../src/world/index.ts';
import { MIA, untilRotation } from './harness/rotating.ts';
import { tell, type Story } from './harness/story.ts';
import { tellOnBothStores } from './harness/stores.ts';

const TARGET = 'ci';

async function leakedInUse(
  open: Parameters<typeof tell>[0],
  pickUpMs: () => number | null,
  wrap: (connector: Connector) => Connector = (connector) => connector,
): Promise<{ readonly story: Story; readonly leak: Leak; readonly id: string }> {
  const story = await tell(open, {
    targets: [{ name: TARGET, identities: 3, secretFrom: 'caller' }],
    // Time enough to begin a rotation while the leaked one is only reduced.
    charter: { windows: { isolate: 60, revoke: 30 } },
    rotationSettings: { acknowledgeMs: 30_000, quietMs: 5_000, observeMs: 5_000 },
    readers: pickUpMs,
    wrap,
  });
  const leak = story.leak(TARGET, 'in use');
  await story.report(leak);
  await story.pass('20 s');
  const ref = `${TARGET}:credential:${leak.credential}`;
  const request = { ref, emergency: false, dryRun: false, reason: 'it leaked' };
  const answer = await story.engine.response.rotate(request, MIA);
  expect(answer.outcome).toBe('started');
  return { story, leak, id: answer.rotation?.id ?? '' };
}

/** A target that makes no new credentials. */
function barren(connector: Connector): Connector {
  const { rotation } = connector;
  if (rotation === undefined) return connector;
  const mint = (): Promise<never> =>
    Promise.reject(new ConnectorFailure('refused', 'the quota of keys is used up'));
  return { ...connector, rotation: { ...rotation, mint } };
}

const isRevoked = (story: Story, { credential }: Leak): boolean =>
  story.world.target(TARGET).effective().credentials.get(credential)?.revoked === true;

tellOnBothStores('a revocation whose replacement was begun', (open) => {
  it('follows by itself once the replacement is live', async () => {
    const { story, leak, id } = await leakedInUse(open, () => 2_000);
    await untilRotation(story, id, ({ status }) => status === 'done');
    await story.untilRevoked();
    expect(isRevoked(story, leak)).toBe(true);
    expect(await story.told()).not.toContain('the replacement is not live');
    const ref = `${TARGET}:credential:${leak.credential}`;
    await story.person('jonas').restores(ref, 'resolved');
    const { history } = await story.engine.response.decision((await story.decision('restore')).id);
    expect(history.map(({ text }) => text).join(' ')).toContain('(the replacement is live)');
    await story.untilClosed();
  });

  it('is made at once by whoever may, and the record says that the replacement was missing', async () => {
    const { story, leak } = await leakedInUse(open, () => null);
    await story.person('mia').contains(`${TARGET}:credential:${leak.credential}`, 'revoke');
    await story.untilRevoked();
    expect(isRevoked(story, leak)).toBe(true);
    expect(await story.told()).toContain('(the replacement is not live: ');

    // Giving back asks the same, and goes on only when that is meant.
    const ref = `${TARGET}:credential:${leak.credential}`;
    const order = { ref, cause: 'resolved', reason: 'It is over' } as const;
    const jonas = { name: 'person:jonas', person: 'jonas' };
    const { response } = story.engine;
    await expect(response.restore(order, jonas)).rejects.toMatchObject({ code: 'restore-refused' });
    const knowingly = { ...order, withoutReplacement: true };
    expect((await response.restore(knowingly, jonas)).outcome).toBe('started');
    await story.untilClosed();
    expect(await story.told()).toContain('(without a live replacement: ');
  });

  it('is not made where there is no new credential: the old one is kept until somebody decides', async () => {
    const { story, leak, id } = await leakedInUse(open, () => 2_000, barren);
    const stopped = await untilRotation(story, id, ({ status }) => status === 'stopped');
    const { kind, number } = present(stopped.question, 'it says why');
    expect(kind).toBe('mint-failed');
    const answer = { rotation: id, question: number, choice: 'leave' } as const;
    await story.engine.response.answerRotation(answer, MIA);
    const done = await untilRotation(story, id, ({ status }) => status === 'done');
    expect(done.steps.map(({ status }) => status)).toContain('kept');
    await story.until(({ decisions }) => decisions.some((one) => one.kind === 'revoke'), '10 min');
    await story.pass('1 min');
    expect(isRevoked(story, leak)).toBe(false);
    // No is an answer too: it stays suspended, and nobody is asked again.
    const asked = await story.decision('revoke');
    await story.person('mia').rejects(asked, 'not without a new one');
    await story.pass('2 min');
    expect(isRevoked(story, leak)).toBe(false);
    expect(await story.told()).toContain('nobody revokes without');
    expect((await story.incident()).standing.contained).toBe(true);
  });

  it('is not made while the replacement is missing, until whoever decides says so', async () => {
    const { story, leak } = await leakedInUse(open, () => null);
    const waiting = await story.until(({ decisions }) =>
      decisions.some(({ kind }) => kind === 'revoke'),
    );
    const asked = present(
      waiting.decisions.find(({ kind }) => kind === 'revoke'),
      'somebody is asked',
    );
    const why = /the replacement is not live \(.* was not seen with the new one\)/u;
    expect(await story.told()).toMatch(why);
    await story.pass('2 min');
    expect(isRevoked(story, leak)).toBe(false);
    // Once is enough.
    const { decisions } = await story.incident();
    expect(decisions.filter(({ kind }) => kind === 'revoke')).toHaveLength(1);

    const ref = `${TARGET}:credential:${leak.credential}`;
    await expect(story.person('jonas').restores(ref, 'resolved')).rejects.toMatchObject({
      code: 'restore-refused',
    });
    await story.person('mia').approves(asked, 'we live with the outage');
    await story.untilRevoked();
    expect(isRevoked(story, leak)).toBe(true);
    expect(await story.told()).toContain('revoke all the same?');
  });
});
