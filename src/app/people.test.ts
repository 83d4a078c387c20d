import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { verifyExport } from '../ledger/index.ts';
import { createApprovalCheck } from '../people/index.ts';
import { startProvider } from '../people/oidc/testing.ts';
import { createAuthenticator } from '../people/testing.ts';
import { accept, asked, enterAs, openBrowser, signIn, type Browser } from './browser.testing.ts';
import { NORTHLAKE_ROSTER } from './northlake-charter.ts';
import { member, startForTest, type ServerForTest } from './server.testing.ts';

/** Rita stands in the roster and sits in no seat. */
const ROSTER = NORTHLAKE_ROSTER.replace('people:\n', 'people:\n  rita: { name: Rita Vale }\n');

const code = ({ body }: { readonly body: unknown }): unknown => member(body, 'code');

describe('people at the server', () => {
  let server: ServerForTest;
  beforeEach(async () => {
    server = await startForTest(undefined, { roster: ROSTER });
  });
  afterEach(() => server.stop(500));

  it('come in by the first link, invite others, and are shown the way otherwise', async () => {
    const first = openBrowser(server);
    expect((await first.ask('/v1/sign-in')).body).toMatchObject({
      passkeys: true,
      firstAdministrator: true,
      providers: [],
    });
    const link = (await server.parts.people.invitations.inviteFirst()) ?? '';
    const look = await first.ask('/v1/invitations/look', 'POST', { invitation: link });
    expect(look.body).toMatchObject({ person: null, isFirstAdministrator: true });
    expect(member(look.body, 'people')).toContainEqual({ person: 'rita', name: 'Rita Vale' });
    const accepted = await accept(first, link, 'dana');
    expect(accepted.status).toBe(201);
    expect(member(accepted.body, 'recoveryCodes')).toHaveLength(10);
    expect((await first.ask('/v1/session')).body).toMatchObject({
      person: 'dana',
      isAdministrator: true,
      isThis: true,
    });
    const invited = await first.ask('/v1/people/rita/invitations', 'POST');
    expect(member(invited.body, 'link')).toBe(
      `${first.origin}/enrol#invitation=${String(member(invited.body, 'invitation'))}`,
    );
    const rita = openBrowser(server);
    await accept(rita, String(member(invited.body, 'invitation')));
    expect((await rita.ask('/v1/sign-in')).body).toMatchObject({ firstAdministrator: false });
    const people = await first.ask('/v1/people');
    expect(member(people.body, 'people', 0)).toMatchObject({
      person: 'rita',
      scopes: ['read'],
      passkeys: 1,
      sessions: 1,
    });
    await first.ask('/v1/people/rita/sessions', 'DELETE');
    expect((await rita.ask('/v1/session')).status).toBe(401);
    expect((await signIn(rita)).status).toBe(200);
    expect((await first.ask('/v1/people/rita/passkeys', 'DELETE')).status).toBe(204);
    expect(code(await signIn(rita))).toBe('sign-in-refused');
  });

  it('have a session that is new at each sign-in and step-up, and ends everywhere at once', async () => {
    const browser = await enterAs(server, 'mia');
    const name = 'firebreak_session';
    const planted = `fbs_${'p'.repeat(43)}`;
    const before = browser.cookies.get(name);
    browser.cookies.set(name, planted);
    await signIn(browser);
    const signedIn = browser.cookies.get(name);
    expect([planted, before]).not.toContain(signedIn);
    const options = await browser.ask('/v1/session/fresh/options', 'POST');
    const fresh = await browser.ask('/v1/session/fresh', 'POST', {
      ceremony: member(options.body, 'ceremony'),
      credential: browser.device.get(asked(options.body)),
    });
    expect(fresh.status).toBe(200);
    const stolen = openBrowser(server);
    stolen.cookies.set(name, signedIn ?? '');
    expect((await stolen.ask('/v1/session')).status).toBe(401);
    const other = openBrowser(server);
    await signIn(other, browser.device);
    const listed = await browser.ask('/v1/sessions');
    expect(member(listed.body, 'sessions')).toHaveLength(3);
    expect((await browser.ask('/v1/sessions', 'DELETE')).status).toBe(204);
    expect(browser.cookies.has(name)).toBe(false);
    expect((await other.ask('/v1/session')).status).toBe(401);
  });

  it('do what the charter lets them, and a reader does nothing', async () => {
    const rita = await enterAs(server, 'rita');
    const order = { ref: 'x', stage: 'isolate', reason: 'r' };
    expect((await rita.ask('/v1/incidents')).status).toBe(200);
    const refused = await rita.ask('/v1/containments', 'POST', order);
    expect([refused.status, code(refused)]).toEqual([403, 'forbidden']);
    expect(member(refused.body, 'remedy')).toContain('seat');
    expect(code(await rita.ask('/v1/people'))).toBe('forbidden');
    const mia = await enterAs(server, 'mia');
    // Past the door: nobody knows x.
    expect(code(await mia.ask('/v1/containments', 'POST', order))).toBe('identity-unknown');
    const token = { name: 'mine', scopes: ['read', 'decide'] };
    expect(code(await rita.ask('/v1/tokens', 'POST', token))).toBe('forbidden');
    const forOther = { name: 'x', scopes: ['read'], person: 'mia' };
    expect(code(await rita.ask('/v1/tokens', 'POST', forOther))).toBe('forbidden');
    const own = await mia.ask('/v1/tokens', 'POST', token);
    expect(own.body).toMatchObject({ person: 'mia', scopes: ['read', 'decide'] });
    const path = `/v1/tokens/${String(member(own.body, 'id'))}`;
    expect(member((await rita.ask('/v1/tokens')).body, 'tokens')).toEqual([]);
    expect(code(await rita.ask(path, 'DELETE'))).toBe('forbidden');
    expect((await mia.ask(path, 'DELETE')).status).toBe(200);
    const byToken = { authorization: `Bearer ${await server.tokenFor('t', ['read'], 'mia')}` };
    expect(code(await server.ask('/v1/session', { headers: byToken }))).toBe('session-needed');
    expect((await server.ask('/v1/tokens', { headers: byToken })).status).toBe(403);
  });

  it('change things only from pages of this server', async () => {
    const mia = await enterAs(server, 'mia');
    const headers = [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
    ];
    for (const foreign of headers) {
      expect(code(await mia.ask('/v1/sessions', 'DELETE', undefined, foreign))).toBe(
        'origin-foreign',
      );
      const options = await mia.ask('/v1/sign-in/passkey/options', 'POST', undefined, foreign);
      expect(code(options)).toBe('origin-foreign');
    }
    const bare = await fetch(`${mia.origin}/v1/sessions`, {
      method: 'DELETE',
      headers: {
        origin: mia.origin,
        cookie: `firebreak_session=${mia.cookies.get('firebreak_session') ?? ''}`,
      },
    });
    expect(bare.status).toBe(403);
    const byNumber = await fetch(`${server.url}/v1/sign-in/passkey/options`, {
      method: 'POST',
      headers: { origin: server.url, 'x-firebreak': 'console' },
    });
    expect(member(await byNumber.json(), 'code')).toBe('passkeys-unavailable');
  });

  it('are not kept out by strangers who try', async () => {
    const browser = await enterAs(server, 'mia');
    const stranger = openBrowser(server);
    const wrong = { person: 'mia', code: 'aaaa-bbbb-cccc-dddd' };
    const answers = [];
    for (let attempt = 0; attempt < 12; attempt += 1)
      answers.push((await stranger.ask('/v1/sign-in/recovery', 'POST', wrong)).status);
    expect(answers).toEqual([...Array.from({ length: 10 }, () => 401), 429, 429]);
    // Others wait for nothing, and no answer tells who there is.
    const nobody = { ...wrong, person: 'nobody-here' };
    const unknown = await stranger.ask('/v1/sign-in/recovery', 'POST', nobody);
    const known = await stranger.ask('/v1/sign-in/recovery', 'POST', { ...wrong, person: 'ola' });
    expect(member(unknown.body, 'detail')).toBe(member(known.body, 'detail'));
    expect((await signIn(browser)).status).toBe(200);
  });

  it('refuse what is too large or of no shape, before it is looked at', async () => {
    const browser = openBrowser(server);
    const path = '/v1/sign-in/passkey';
    const device = createAuthenticator({ rpId: 'localhost', origin: browser.origin });
    const credential = device.get({ challenge: 'x' });
    const huge = { ...credential, clientExtensionResults: { x: 'x'.repeat(70_000) } };
    expect((await browser.ask(path, 'POST', { ceremony: 'x', credential: huge })).status).toBe(413);
    const long = {
      ...credential,
      response: { ...credential.response, signature: 'x'.repeat(5_000) },
    };
    const shapes = [
      {},
      [],
      'null',
      { ceremony: 'x' },
      { ceremony: 'x', credential: { ...credential, type: 'password' } },
      { ceremony: 'x', credential: { ...credential, id: '../..' } },
      { ceremony: 'x', credential: long },
      { ceremony: 'x', credential, more: 1 },
    ];
    for (const shape of shapes)
      expect((await browser.ask(path, 'POST', shape)).status, JSON.stringify(shape)).toBe(400);
    expect(code(await browser.ask(path, 'POST', { ceremony: 'x', credential }))).toBe(
      'ceremony-spent',
    );
  });
});

describe('an answer', () => {
  const business = { kind: 'business-continuity', reason: 'a test', parameters: {} };

  async function question(server: ServerForTest): Promise<{ id: string; digest: string }> {
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify(business);
    const opened = await server.ask('/v1/decisions', { method: 'POST', headers, body });
    const [id, digest] = [member(opened.body, 'id'), member(opened.body, 'digest')];
    return { id: String(id), digest: String(digest) };
  }

  async function challenge(browser: Browser, id: string, outcome: string, digest: string) {
    const answer = await browser.ask(`/v1/decisions/${id}/challenge`, 'POST', { outcome, digest });
    return asked(answer.body);
  }

  it('is signed by the passkey of whoever gives it, and checked from an export alone', async () => {
    const server = await startForTest(undefined, { roster: ROSTER });
    const dana = await enterAs(server, 'dana');
    const piet = await enterAs(server, 'piet');
    const { id, digest } = await question(server);
    const path = `/v1/decisions/${id}`;
    const said = { outcome: 'approve', reason: 'looked at', digest };
    expect(code(await dana.ask(path, 'POST', said))).toBe('signature-needed');
    const wanted = await challenge(dana, id, 'approve', digest);
    const refused = [
      { ...said, assertion: dana.device.get(await challenge(dana, id, 'reject', digest)) },
      { ...said, assertion: dana.device.get(await challenge(dana, id, 'approve', `${digest}0`)) },
      { ...said, assertion: piet.device.get(wanted) },
      { ...said, assertion: dana.device.get(wanted, { origin: 'https://evil.example' }) },
      { ...said, assertion: dana.device.get(wanted, { flags: 1 }) },
    ];
    for (const one of refused)
      expect(code(await dana.ask(path, 'POST', one))).toBe('signature-needed');
    const assertion = dana.device.get(wanted);
    const approved = await dana.ask(path, 'POST', { ...said, assertion });
    expect([approved.status, member(approved.body, 'state')]).toEqual([200, 'approved']);
    // The same signature again is the same counter again.
    expect(code(await dana.ask(path, 'POST', { ...said, assertion }))).toBe('signature-needed');
    await server.parts.ledger.sealNow();
    const exported = (await server.ask('/v1/ledger/export')).text.trimEnd().split('\n');
    const verifierKey = server.parts.ledger.verifierKey;
    const options = { verifierKey, checkEntry: createApprovalCheck() };
    expect(await verifyExport(exported, options)).toMatchObject({ ok: true });
    expect(exported.some((line) => line.includes('"assertion":{'))).toBe(true);
    const tampered = exported.map((line) =>
      line.replace('"outcome":"approve"', '"outcome":"reject"'),
    );
    const report = await verifyExport(tampered, { verifierKey, checkEntry: createApprovalCheck() });
    expect(report.findings.map((finding) => finding.code)).toContain('assertion-wrong');
  });

  it('needs a passkey whatever a provider says, and the provider loses its sessions when suspect', async () => {
    const provider = await startProvider({ subjects: new Map([['sub-mia', 'dana']]) });
    const providers = [provider.settings];
    const server = await startForTest(undefined, { roster: ROSTER, providers });
    const browser = openBrowser(server);
    const begin = await browser.ask('/sign-in/oidc/okta');
    const back = await provider.visit(begin.headers.get('location') ?? '');
    const stranger = openBrowser(server);
    const foreign = await stranger.ask(`/sign-in/oidc/okta/return?${back.toString()}`);
    expect(foreign.headers.get('location')).toBe('/?problem=oidc-refused');
    const home = await browser.ask(`/sign-in/oidc/okta/return?${back.toString()}`);
    expect([home.status, home.headers.get('location')]).toEqual([303, '/']);
    expect((await browser.ask('/v1/session')).body).toMatchObject({
      person: 'dana',
      method: 'oidc',
    });
    const { id, digest } = await question(server);
    const said = { outcome: 'approve', reason: 'r', digest };
    expect(code(await browser.ask(`/v1/decisions/${id}`, 'POST', said))).toBe('signature-needed');
    for (const [path, body] of [
      ['/v1/decisions', business],
      ['/v1/tokens', { name: 'x', scopes: ['read'] }],
      ['/v1/passkeys/options', undefined],
      ['/v1/recovery-codes', undefined],
      ['/v1/containments', { ref: 'x', stage: 'isolate', reason: 'r' }],
      ['/v1/rotations', { ref: 'x', reason: 'r' }],
      ['/v1/containments/x/restore', { cause: 'false-alarm', reason: 'r' }],
    ] as const)
      expect(code(await browser.ask(path, 'POST', body)), path).toBe('reauthentication-needed');
    await server.parts.store.write([
      {
        sql: 'insert into suspect (kind, name, marked_by, at_ms) values ($1, $2, $3, $4)',
        params: ['channel', 'okta', 'test', 1],
      },
    ]);
    expect((await browser.ask('/v1/session')).status).toBe(401);
    const again = await browser.ask('/sign-in/oidc/okta');
    expect(again.headers.get('location')).toBe('/?problem=oidc-provider-suspect');
  });
});
