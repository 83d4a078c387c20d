import { request as httpRequest } from 'node:http';
import { expect, it } from 'vitest';
import { describeOnBothStores } from '../store/testing.ts';
import { startForTest, type ServerForTest } from './server.testing.ts';

const line = (name: string): string =>
  `${JSON.stringify({
    type: 'identity',
    kind: 'service-account',
    name,
    target: 'cloud',
    refs: [`cloud:identity:${name}`],
  })}\n`;

/** In chunks of unknown total length; the connection is lost before the last one, in the middle of a line. */
function tear({ url, token }: ServerForTest, path: string, parts: readonly string[]) {
  const { hostname, port } = new URL(url);
  return new Promise<void>((resolve) => {
    const sent = httpRequest({
      host: hostname,
      port,
      method: 'POST',
      path,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/x-ndjson' },
    });
    sent.on('error', () => {
      resolve();
    });
    sent.on('close', resolve);
    const write = (index: number): void => {
      const part = parts[index];
      if (part === undefined) sent.destroy();
      else
        sent.write(part, () => {
          setImmediate(write, index + 1);
        });
    };
    write(0);
  });
}

describeOnBothStores('an upload that is cut off', (_open, on) => {
  it('publishes nothing, and the source is free for the next one', async () => {
    const server = await startForTest(await on.freshPlace());
    const path = '/v1/inventory/import?source=cloud&mode=snapshot&shrink=1';
    const send = (body: string) =>
      server.ask(path, {
        method: 'POST',
        headers: { 'content-type': 'application/x-ndjson' },
        body,
      });
    expect((await send(line('before'))).status).toBe(200);
    const lines = Array.from({ length: 300 }, (_, index) => line(`torn-${index}`)).join('');
    await tear(server, path, [line('torn'), lines, lines.slice(0, -20)]);
    // Imports of one source wait for one another: this one is answered after the torn one has ended.
    const next = await send(line('after'));
    expect(next.body).toMatchObject({ added: 1, gone: 1, rejectedCount: 0 });
    const listed = await server.ask('/v1/identities?limit=100&gone=true');
    expect(listed.text).toContain('"after"');
    expect(listed.text).toContain('"before"');
    expect(listed.text).not.toContain('torn');
    expect((await server.ask('/v1/lookup?ref=cloud:identity:torn-1')).status).toBe(404);
  });
});
