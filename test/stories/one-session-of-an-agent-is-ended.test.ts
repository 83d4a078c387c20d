import { expect, it } from 'vitest';
import { present } from '../../src/kernel/index.ts';
import { ofKind } from './harness/book.ts';
import { catalogue } from './harness/catalogue.ts';
import { sendReportOf } from './harness/reports.ts';
import { type Story, tell } from './harness/story.ts';
import { tellOnBothStores } from './harness/stores.ts';

const HUB = 'agent-hub';
const AGENT = 'agent-of-many-talks';

interface Talk {
  readonly session: string;
  readonly works: () => Promise<boolean>;
}

interface Setting {
  readonly story: Story;
  readonly talk: (source: string) => Promise<Talk>;
  /** The detector names the agent and the session that went astray. */
  readonly accuse: (session: string, key?: string) => Promise<void>;
  readonly accuseWholly: () => Promise<void>;
}

async function setUp(open: Parameters<typeof tell>[0]): Promise<Setting> {
  const story = await tell(open, { targets: [HUB], charter: { revokes: false } });
  const members = story.world.addMember(HUB, { identity: AGENT });
  await catalogue(story, members, { kind: 'ai-agent' });
  const { secret } = present(members[0], 'it has a credential');
  const identity = { system: HUB, type: 'identity', value: AGENT };
  return {
    story,
    talk: async (source) => {
      const reply = await story.world.data(HUB, { secret, action: 'login', source });
      const token = String(reply.body['token']);
      const use = { secret: token, action: 'read', source } as const;
      return {
        session: String(reply.body['session']),
        works: async () => (await story.world.data(HUB, use)).status === 200,
      };
    },
    accuse: async (session, key = 'astray') => {
      const refs = [identity, { system: HUB, type: 'session', value: session }];
      const given = { by: 'detector', type: 'off-intent-action', key } as const;
      await sendReportOf(story.engine, story.clock.nowMs(), { refs }, given);
    },
    accuseWholly: async () => {
      const given = { by: 'scanner', type: 'anomalous-behaviour', key: 'wholly' } as const;
      await sendReportOf(story.engine, story.clock.nowMs(), { refs: [identity] }, given);
    },
  };
}

tellOnBothStores('an agent off its intent', (open) => {
  it('loses that session and no other, and that is proven with another one as control', async () => {
    const { story, talk, accuse } = await setUp(open);
    const [good, astray] = [await talk('desk-a'), await talk('desk-b')];
    await accuse(astray.session);
    const incident = await story.untilContained();
    expect(await Promise.all([astray.works(), good.works()])).toEqual([false, true]);
    expect(incident.cuts.map(({ grain, status }) => `${grain} ${status}`)).toEqual([
      'session proven',
    ]);
    expect(story.effectsOn(HUB)).toEqual([`kill-sessions ${AGENT}`]);
    expect(await story.told()).toContain('agent off intent: the session is cut');
    // Somebody else begins to talk to it: that is what it is for.
    const later = await talk('desk-c');
    await story.pass('2 min');
    expect((await story.incident()).cuts).toHaveLength(1);
    expect(await Promise.all([later.works(), good.works()])).toEqual([true, true]);
  });

  it('is cut as a whole once that session is back', async () => {
    const { story, talk, accuse } = await setUp(open);
    const [good, astray] = [await talk('desk-a'), await talk('desk-b')];
    await accuse(astray.session);
    await story.untilContained();
    const again = await talk('desk-b');
    await story.until(({ cuts }) => cuts.some(({ grain }) => grain !== 'session'));
    const back = ofKind(await story.entries(), 'session.respawned');
    expect(back.map((one) => one.data.session)).toEqual([again.session]);
    await story.untilContained();
    expect(await Promise.all([again.works(), good.works()])).toEqual([false, false]);
  });

  it('loses each session that is named, and is contained wholly when it is suspected wholly', async () => {
    const { story, talk, accuse, accuseWholly } = await setUp(open);
    const [first, second] = [await talk('desk-a'), await talk('desk-b')];
    await accuse(first.session, 'first');
    await story.untilContained();
    await accuse(second.session, 'second');
    await story.until(({ cuts }) => cuts.length === 2);
    const { cuts } = await story.untilContained();
    expect(cuts.map(({ grain }) => grain)).toEqual(['session', 'session']);
    await accuseWholly();
    await story.until((incident) => incident.cuts.some(({ grain }) => grain !== 'session'));
    const whole = await story.untilContained();
    expect(whole.cuts.map(({ guarantee }) => guarantee)).toContain('G2');

    await story.person('jonas').restores(`${HUB}:identity:${AGENT}`, 'resolved');
    await story.untilClosed();
    expect(await first.works()).toBe(false);
    const { works } = await talk('desk-a');
    expect(await works()).toBe(true);
  });
});
