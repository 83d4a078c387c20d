import { createAuthenticator, type SoftAuthenticator } from '../people/testing.ts';
import { member, parsed, type Asked, type ServerForTest } from './server.testing.ts';

/** A browser of one person: its cookies, and where its pages come from. */
export interface Browser {
  readonly origin: string;
  readonly cookies: Map<string, string>;
  readonly ask: (
    path: string,
    method?: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ) => Promise<Asked>;
  readonly device: SoftAuthenticator;
}

function keepCookies(cookies: Map<string, string>, answer: Response): void {
  for (const line of answer.headers.getSetCookie()) {
    const [name = '', value = ''] = (line.split(';')[0] ?? '').split('=');
    if (value === '') cookies.delete(name);
    else cookies.set(name, value);
  }
}

/** Under a name, as passkeys want it. */
export function openBrowser({ url }: Pick<ServerForTest, 'url'>): Browser {
  const origin = `http://localhost:${new URL(url).port}`;
  const cookies = new Map<string, string>();
  return {
    origin,
    cookies,
    device: createAuthenticator({ rpId: 'localhost', origin }),
    ask: async (path, method = 'GET', body, headers = {}) => {
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      const answer = await fetch(`${origin}${path}`, {
        method,
        redirect: 'manual',
        headers: {
          ...(method === 'GET' ? {} : { origin, 'x-firebreak': 'console' }),
          ...(cookie === '' ? {} : { cookie }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined
          ? {}
          : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      keepCookies(cookies, answer);
      const text = await answer.text();
      return { status: answer.status, headers: answer.headers, text, body: parsed(text) };
    },
  };
}

/** What a question asks a device for; the server made it. */
export function asked(body: unknown): { challenge: string; user: { id: string } } {
  const challenge = String(member(body, 'publicKey', 'challenge'));
  return { challenge, user: { id: String(member(body, 'publicKey', 'user', 'id')) } };
}

/** Adds the first passkey of an invited person and signs them in. */
export async function accept(
  browser: Browser,
  invitation: string,
  person?: string,
): Promise<Asked> {
  const who = person === undefined ? {} : { person };
  const options = await browser.ask('/v1/invitations/passkey/options', 'POST', {
    invitation,
    ...who,
  });
  return await browser.ask('/v1/invitations/passkey', 'POST', {
    invitation,
    ceremony: member(options.body, 'ceremony'),
    name: 'of the test',
    credential: browser.device.create(asked(options.body)),
  });
}

export async function enterAs(server: ServerForTest, person: string): Promise<Browser> {
  const browser = openBrowser(server);
  const { text } = await server.parts.people.invitations.invite(person, 'test');
  await accept(browser, text);
  return browser;
}

/** With the passkey that this browser's device has. */
export async function signIn(browser: Browser, device = browser.device): Promise<Asked> {
  const options = await browser.ask('/v1/sign-in/passkey/options', 'POST');
  return await browser.ask('/v1/sign-in/passkey', 'POST', {
    ceremony: member(options.body, 'ceremony'),
    credential: device.get(asked(options.body)),
  });
}
