import { expect, it } from 'vitest';
import { silentLog } from '../../src/kernel/index.ts';
import { createAuthenticator } from '../../src/people/testing.ts';
import { openEdge, type Edge } from './harness/api.ts';
import { tell, type Story } from './harness/story.ts';
import { tellOnBothStores } from './harness/stores.ts';

const ORIGIN = 'http://localhost:7470';
const PLACE = { rpId: 'localhost', origin: ORIGIN };

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

interface Person {
  readonly device: ReturnType<typeof createAuthenticator>;
  readonly post: (url: string, payload?: object) => Promise<Answer>;
}

interface Question {
  readonly challenge: string;
}

function questionIn({ body }: Answer): Question {
  // As the server made it; the device signs whatever it says.
  return body['publicKey'] as Question;
}

/** Somebody with a device of their own, invited and signed in. */
async function enter(edge: Edge, name: string): Promise<Person> {
  const device = createAuthenticator(PLACE);
  const { text } = await edge.people.invitations.invite(name, 'story');
  const { ceremony, publicKey } = await edge.people.invitations.askToAccept(PLACE, text, null);
  const given = { ceremony, name: 'phone', credential: device.create(publicKey) };
  const client = { address: '192.0.2.1', device: 'phone' };
  let cookie = (await edge.people.invitations.accept(PLACE, text, given, client)).text;
  const post = async (url: string, payload: object = {}): Promise<Answer> => {
    const answer = await edge.server.app.inject({
      method: 'POST',
      url,
      headers: {
        host: 'localhost:7470',
        origin: ORIGIN,
        'x-firebreak': 'console',
        cookie: `firebreak_session=${cookie}`,
      },
      payload,
    });
    const renewed = answer.cookies.find((one) => one.name === 'firebreak_session');
    cookie = renewed?.value ?? cookie;
    return { status: answer.statusCode, body: answer.json() };
  };
  return { device, post };
}

async function open(given: Parameters<typeof tell>[0]): Promise<{ story: Story; edge: Edge }> {
  const story = await tell(given, { targets: ['ci'], charter: { mode: 'ask' } });
  return { story, edge: await openEdge(story, silentLog) };
}

tellOnBothStores('an approval', (on) => {
  it('is signed over what was shown, and what is dangerous asks for the passkey again', async () => {
    const { story, edge } = await open(on);
    const mia = await enter(edge, 'mia');
    const alarm = story.leak('ci', 'in use');
    await story.report(alarm, { by: 'detector', type: 'anomalous-behaviour' });
    await story.pass('1 s');
    const [asked] = (await story.incident()).decisions;
    const path = `/v1/decisions/${asked?.id ?? ''}`;
    const said = { outcome: 'approve', reason: 'it is leaked', digest: asked?.digest };
    expect(await mia.post(path, said)).toMatchObject({
      status: 403,
      body: { code: 'signature-needed' },
    });
    const wanted = questionIn(
      await mia.post(`${path}/challenge`, { outcome: 'approve', digest: asked?.digest }),
    );
    const assertion = mia.device.get(wanted);
    expect(await mia.post(path, { ...said, assertion })).toMatchObject({
      status: 200,
      body: { state: 'approved' },
    });
    await story.untilContained();

    // Jonas came in a while ago.
    const jonas = await enter(edge, 'jonas');
    await story.pass('6 min');
    const restore = `/v1/containments/${encodeURIComponent(`ci:identity:${alarm.identity}`)}/restore`;
    const order = { cause: 'false-alarm', reason: 'our own test' };
    expect((await jonas.post(restore, order)).body).toMatchObject({
      code: 'reauthentication-needed',
    });
    const again = await jonas.post('/v1/session/fresh/options');
    await jonas.post('/v1/session/fresh', {
      ceremony: again.body['ceremony'],
      credential: jonas.device.get(questionIn(again)),
    });
    expect((await jonas.post(restore, order)).status).toBe(202);
    await story.untilClosed();
  });
});
