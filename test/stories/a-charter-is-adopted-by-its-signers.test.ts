import { expect, it } from 'vitest';
import { NORTHLAKE_ROSTER } from '../../src/app/index.ts';
import type { Charter } from '../../src/authority/index.ts';
import { silentLog, toTimestamp } from '../../src/kernel/index.ts';
import { openEdge, type Edge } from './harness/api.ts';
import { decidingCharter } from './harness/rights.ts';
import { tell, type Story } from './harness/story.ts';
import { tellOnBothStores } from './harness/stores.ts';

const CHARTERS = '/v1/authority/charters';

/** As whoever has this token; the status, and what was answered. */
async function ask(edge: Edge, token: string, url: string, payload?: object): Promise<Answer> {
  const answer = await edge.server.app.inject({
    method: payload === undefined ? 'GET' : 'POST',
    url,
    headers: { authorization: `Bearer ${token}` },
    ...(payload === undefined ? {} : { payload }),
  });
  return { status: answer.statusCode, body: answer.json() };
}

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>> & { readonly id?: string };
}

async function tellOfCharters(open: Parameters<typeof tell>[0]): Promise<{
  readonly story: Story;
  readonly text: string;
}> {
  let text = '';
  const story = await tell(open, {
    targets: ['ci'],
    rules: (nowMs) => (text = decidingCharter()(nowMs)),
    adoptsBySignature: true,
  });
  return { story, text };
}

function revision(text: string, number: number, change: (before: string) => string): string {
  const changed = change(text);
  expect(changed).not.toBe(text);
  return changed.replace('revision: 7', `revision: ${number}`);
}

const faster = (text: string): string =>
  text.replace('acknowledge: PT2M, decide: PT5M, warm', 'acknowledge: PT1M, decide: PT3M, warm');

const holds = (story: Story): Charter => story.engine.authority.charter();

tellOnBothStores('a new revision of the charter', (open) => {
  it('is shown with its changes and its proof, signed by those whom the charter names, and holds from its day on, on every node', async () => {
    const { story, text } = await tellOfCharters(open);
    const effective = toTimestamp(story.clock.nowMs() + 3_600_000);
    const later = revision(text, 8, (before) =>
      faster(before).replace(/^effective: .*$/mu, `effective: ${effective}`),
    );
    const first = await openEdge(story, silentLog);
    const proposed = await ask(first, first.token, CHARTERS, { charter: later });
    expect(proposed).toMatchObject({ status: 201, body: { state: 'open', effective } });
    expect(JSON.stringify(proposed.body['changes'])).toContain('platform-lead');
    const signatures = `${CHARTERS}/${proposed.body.id ?? ''}/signatures`;
    const signing = { outcome: 'sign', reason: 'I read what changes' };
    const [mia, dana, piet] = [
      first.token,
      await first.tokenOf('dana'),
      await first.tokenOf('piet'),
    ];

    const refused = await ask(first, mia, signatures, signing);
    expect(refused).toMatchObject({ status: 403, body: { code: 'signature-refused' } });
    expect((await ask(first, piet, signatures, signing)).body['state']).toBe('open');
    expect((await ask(first, piet, signatures, signing)).status).toBe(409);

    await story.restart();
    const second = await openEdge(story, silentLog);
    const signed = await ask(second, dana, signatures, signing);
    expect(signed.body).toMatchObject({ state: 'adopted' });
    const one = story.engine;
    await story.startNode();
    expect(holds(story).revision).toBe(7);
    await story.pass('1 h');
    await Promise.all([one.authority.refresh(), story.engine.authority.refresh()]);
    expect(one.authority.charter().revision).toBe(8);
    expect(holds(story).revision).toBe(8);
    expect(story.engine.authority.adopted().fileDiffers).toContain('the charter on disk');
    await one.stop(0);
  });

  it('that leaves a hole is shown with it, before anybody signs', async () => {
    const { story, text } = await tellOfCharters(open);
    const edge = await openEdge(story, silentLog);
    const charter = revision(text, 8, faster);
    const away =
      'platform: { zone: Europe/Berlin, shifts: [{ person: jonas, days: mon-fri, from: "08:00", to: "18:00" }] }';
    const roster = NORTHLAKE_ROSTER.replace(/platform: .*/u, away);
    expect(roster).not.toBe(NORTHLAKE_ROSTER);
    const [before, after] = [
      await ask(edge, edge.token, CHARTERS, { charter }),
      await ask(edge, edge.token, CHARTERS, { charter, roster }),
    ];
    const gaps = ({ body }: Answer): number => Number(Object(body['proof']).gaps);
    expect(gaps(after)).toBeGreaterThan(gaps(before));
    expect(JSON.stringify(after.body['proof'])).toContain(
      'the shift of Jonas Keller ends at 18:00',
    );
    expect(after.body['state']).toBe('open');
    // Whoever could write the people could sit in any seat: they are signed as well.
    expect(story.engine.authority.roster().digest).not.toBe(Object(after.body['roster']).digest);
  });

  it('is not adopted by the signature of somebody who is marked as suspect', async () => {
    const { story, text } = await tellOfCharters(open);
    const { adoption } = story.engine.authority;
    const { id } = await adoption.propose({ charter: revision(text, 8, faster) }, 'token:story');
    const sign = (person: string) =>
      adoption.sign(
        id,
        { outcome: 'sign', reason: 'I read it' },
        { name: `person:${person}`, person },
      );
    await sign('dana');
    const marked = { kind: 'person', name: 'dana' };
    await story.person('mia').asks('mark-suspect', marked);
    // The first who would decide it is who is meant.
    await story.pass('11 min');
    const asked = await story.decision('mark-suspect');
    await story.person('mia').approves(asked);
    await story.person('piet').approves(asked);
    await story.pass('1 s');
    expect((await story.engine.response.suspects()).map(({ name }) => name)).toEqual(['dana']);
    expect((await sign('piet')).state).toBe('open');
    expect(holds(story).revision).toBe(7);
  });
});
