import { expect, it } from 'vitest';
import { silentLog } from '../../src/kernel/index.ts';
import { openEdge } from './harness/api.ts';
import { rootOf } from './harness/rotating.ts';
import { tell } from './harness/story.ts';
import { tellOnBothStores } from './harness/stores.ts';

tellOnBothStores('a rotation over the edge', (open) => {
  it('is planned, started, shown, claimed, cancelled and taken up again', async () => {
    const story = await tell(open, { targets: ['ci'], readers: () => 15_000 });
    const { server, token } = await openEdge(story, silentLog);
    const ask = async (method: 'GET' | 'POST', url: string, payload?: object) => {
      const headers = { authorization: `Bearer ${token}` };
      const more = payload === undefined ? {} : { payload };
      const answer = await server.app.inject({ method, url, headers, ...more });
      // What is compared below is compared as a whole.
      return { status: answer.statusCode, body: answer.json() as Record<string, unknown> };
    };
    const order = { ref: rootOf(story), reason: 'yearly' };
    const plan = await ask('POST', '/v1/rotations', { ...order, dryRun: true });
    expect(plan).toMatchObject({ status: 200, body: { outcome: 'dry-run', rotation: null } });
    const begun = await ask('POST', '/v1/rotations', order);
    expect(begun).toMatchObject({ status: 202, body: { outcome: 'started' } });
    const again = await ask('POST', '/v1/rotations', order);
    expect(again).toMatchObject({ status: 200, body: { outcome: 'already' } });
    const [listed] = (await story.engine.response.rotations({})).map((one) => one.id);
    const path = `/v1/rotations/${listed ?? ''}`;
    expect(await ask('GET', '/v1/rotations?status=running')).toMatchObject({
      body: { rotations: [{ id: listed }] },
    });
    await story.pass('5 s');
    const shown = await ask('GET', path);
    expect(shown).toMatchObject({ status: 200, body: { status: 'running', wave: { number: 1 } } });
    expect(JSON.stringify(shown.body['timeline'])).toContain('written, read back, tried');
    const consumer = (await story.engine.response.rotation(listed ?? '')).wave?.consumers[0];
    const claimed = await ask('POST', `${path}/claims`, { consumer });
    expect(JSON.stringify(claimed.body)).toContain('"claimedBy":"');
    expect(await ask('POST', `${path}/answer`, { question: 1, choice: 'wait' })).toMatchObject({
      status: 409,
      body: { code: 'rotation-refused' },
    });
    expect(await ask('POST', `${path}/cancel`, { reason: 'not tonight' })).toMatchObject({
      body: { status: 'cancelled' },
    });
    expect(await ask('POST', `${path}/resume`)).toMatchObject({ body: { status: 'running' } });
    const unknown = await ask('GET', '/v1/rotations/rot_0000000000000000000000');
    expect(unknown).toMatchObject({ status: 404, body: { code: 'rotation-unknown' } });
  });
});
