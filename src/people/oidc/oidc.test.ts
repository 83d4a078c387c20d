import { describe, expect, it } from 'vitest';
import { realClock } from '../../kernel/index.ts';
import { createSqliteForTest } from '../../store/testing.ts';
import { createPeople, type People } from '../index.ts';
import { CLIENT, enter, openPeople, PLACE, signInWith, type World } from '../people.testing.ts';
import { startProvider, type ProviderTwist, type SoftProvider } from './testing.ts';

const BACK = `${PLACE.origin}/sign-in/oidc/okta/return`;

interface Opened extends World {
  readonly provider: SoftProvider;
  readonly oidc: People['oidc'];
}

/** On the real clock: the tokens are of real time. */
async function open(options: Parameters<typeof startProvider>[0] = {}): Promise<Opened> {
  const provider = await startProvider(options);
  const world = await openPeople(() => createSqliteForTest());
  const people = createPeople({ ...world.parts, clock: realClock }, [provider.settings]);
  return { ...world, people, provider, oidc: people.oidc };
}

async function signIn({ oidc, provider }: Pick<Opened, 'oidc' | 'provider'>) {
  const { location, browser } = await oidc.begin('okta', BACK);
  const answer = await provider.visit(location);
  return await oidc.finish('okta', BACK, answer, browser, CLIENT);
}

describe('signing in with a provider', () => {
  it('opens a session of the declared subject, which allows nothing dangerous', async () => {
    const opened = await open();
    const { signedIn } = await signIn(opened);
    expect(signedIn).toMatchObject({
      session: {
        person: 'mia',
        method: 'oidc',
        provider: 'okta',
        freshUntilMs: signedIn.session.startedAtMs,
      },
      standing: 'responder',
    });
    expect((await opened.entries()).at(-1)).toContain('"kind":"person.signed-in"');
  });

  it('knows others by an address that the provider has verified', async () => {
    const opened = await open({ subjects: new Map() });
    const { user } = opened.provider;
    user.current = { sub: 's', email: 'mia@northlake.example', verified: true };
    expect((await signIn(opened)).signedIn.session.person).toBe('mia');
    const strangers = [
      { sub: 's', email: 'mia@northlake.example', verified: false },
      { sub: 's', email: 'mia@northlake.example' },
      { sub: 's', email: 'eve@northlake.example', verified: true },
      { sub: 's' },
    ];
    for (const stranger of strangers) {
      user.current = stranger;
      await expect(signIn(opened)).rejects.toMatchObject({ code: 'oidc-person-unknown' });
    }
    expect((await opened.entries()).filter((one) => one.includes('sign-in-refused'))).toHaveLength(
      strangers.length,
    );
  });

  it('believes no token that is not for this sign-in, from this issuer, now', async () => {
    const opened = await open();
    const nowS = Math.floor(Date.now() / 1_000);
    const twists: Readonly<Record<string, ProviderTwist>> = {
      nonce: { claims: { nonce: 'of another' } },
      audience: { claims: { aud: 'somebody-else' } },
      'two audiences': { claims: { aud: ['firebreak', 'other'] } },
      'authorised party': { claims: { azp: 'other' } },
      issuer: { claims: { iss: 'https://evil.example' } },
      expired: { claims: { exp: nowS - 120 } },
      'not yet': { claims: { nbf: nowS + 600 } },
      old: { claims: { iat: nowS - 3_600 } },
      'no subject': { without: ['sub'] },
      'no end': { without: ['exp'] },
      'no nonce': { without: ['nonce'] },
      unsigned: { sign: 'none' },
      'signed with our own secret': { sign: 'hmac' },
      'signed by a stranger': { sign: 'stranger' },
      'signed with a key that is not listed': { sign: 'unknown-key' },
      'no token': { answer: { status: 200, body: '{}' } },
      refused: { answer: { status: 400, body: '{"error":"invalid_grant"}' } },
    };
    for (const [name, twist] of Object.entries(twists)) {
      opened.provider.twist.current = twist;
      await expect(signIn(opened), name).rejects.toMatchObject({ code: 'oidc-refused' });
    }
    opened.provider.twist.current = {};
    await signIn(opened);
  });

  it('ends in the browser in which it began, once', async () => {
    const opened = await open();
    const { oidc, provider } = opened;
    const { location, browser } = await oidc.begin('okta', BACK);
    const answer = await provider.visit(location);
    const other = await oidc.begin('okta', BACK);
    for (const wrong of [null, other.browser, ''])
      await expect(oidc.finish('okta', BACK, answer, wrong, CLIENT)).rejects.toMatchObject({
        code: 'oidc-refused',
      });
    await oidc.finish('okta', BACK, answer, browser, CLIENT);
    await expect(oidc.finish('okta', BACK, answer, browser, CLIENT)).rejects.toMatchObject({
      code: 'oidc-refused',
    });
    const forged = new URLSearchParams({ code: 'x', state: `${answer.get('state')}x` });
    await expect(oidc.finish('okta', BACK, forged, browser, CLIENT)).rejects.toMatchObject({
      code: 'ceremony-spent',
    });
    const denied = await provider.visit(other.location);
    denied.delete('code');
    denied.set('error', 'access_denied');
    await expect(oidc.finish('okta', BACK, denied, other.browser, CLIENT)).rejects.toMatchObject({
      code: 'oidc-refused',
    });
  });

  it('takes no answer of another issuer for this one', async () => {
    const opened = await open({ sendsIssuer: true });
    await signIn(opened);
    opened.provider.twist.current = { iss: 'https://evil.example' };
    await expect(signIn(opened)).rejects.toMatchObject({ code: 'oidc-refused' });
    const { location, browser } = await opened.oidc.begin('okta', BACK);
    const silent = await opened.provider.visit(location);
    silent.delete('iss');
    await expect(opened.oidc.finish('okta', BACK, silent, browser, CLIENT)).rejects.toMatchObject({
      code: 'oidc-refused',
    });
  });

  it('follows keys that change, and forgets old ones', async () => {
    const changing = await open({ keys: { ageMs: 600_000, cooldownMs: 0 } });
    await signIn(changing);
    await changing.provider.changeKeys();
    await signIn(changing);
    expect(changing.provider.keyRequests()).toBe(2);
    const held = await open({ keys: { ageMs: 600_000, cooldownMs: 600_000 } });
    await signIn(held);
    await held.provider.changeKeys();
    // Not asked again so soon: a token with an invented key id must not make this server ask all day.
    await expect(signIn(held)).rejects.toMatchObject({ code: 'oidc-refused' });
    expect(held.provider.keyRequests()).toBe(1);
  });

  it('is off while the provider is suspect, with its sessions, and passkeys go on', async () => {
    const opened = await open();
    const { suspects, people, oidc } = opened;
    const { device } = await enter(opened, 'mia');
    const { text } = await signIn(opened);
    const begun = await oidc.begin('okta', BACK);
    suspects.channels.push('okta');
    expect(await people.sessions.verify(text, true)).toBeNull();
    await expect(oidc.begin('okta', BACK)).rejects.toMatchObject({ code: 'oidc-provider-suspect' });
    const answer = await opened.provider.visit(begun.location);
    await expect(oidc.finish('okta', BACK, answer, begun.browser, CLIENT)).rejects.toMatchObject({
      code: 'oidc-provider-suspect',
    });
    expect(await oidc.providers()).toMatchObject([{ name: 'okta', problem: expect.any(String) }]);
    expect((await signInWith(people, device)).signedIn.session.method).toBe('passkey');
  });

  it('says when the provider is away, lies about itself, or talks in clear', async () => {
    const world = await openPeople(() => createSqliteForTest());
    const issuers = ['http://127.0.0.1:1', 'http://provider.example'];
    for (const issuer of issuers) {
      const settings = {
        name: 'okta',
        title: 'Okta',
        issuer,
        clientId: 'c',
        clientSecret: null,
        subjects: new Map(),
      };
      const people = createPeople(world.parts, [settings]);
      await expect(people.oidc.begin('okta', BACK)).rejects.toMatchObject({
        code: 'oidc-unavailable',
      });
    }
    const honest = await startProvider();
    const lying = { ...honest.settings, issuer: `${honest.settings.issuer}/` };
    await expect(createPeople(world.parts, [lying]).oidc.begin('okta', BACK)).rejects.toMatchObject(
      { code: 'oidc-unavailable' },
    );
    await expect(world.people.oidc.begin('nobody', BACK)).rejects.toMatchObject({
      code: 'oidc-unknown',
    });
  });
});
