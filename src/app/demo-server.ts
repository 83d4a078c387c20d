import { join } from 'node:path';
import { realClock, reveal } from '../kernel/index.ts';
import { writePrivate } from './bootstrap.ts';
import { NORTHLAKE_PEOPLE } from './northlake-charter.ts';
import { openDemoOrganisation, type DemoOrganisation } from './demo/organisation.ts';
import { startServer, type Overrides, type RunningServer } from './server.ts';
import type { ServerSettings } from './settings.ts';

export interface DemoOptions {
  readonly worldPort: number;
  readonly seed: number;
}

export interface DemoServer extends RunningServer {
  readonly organisation: DemoOrganisation;
  /** For the command line: an administrator token of the person on call, in a file of mode 0600. */
  readonly tokenFile: string;
  /** Works once. */
  readonly signInUrl: string;
}

const TOKEN_NAME = 'demo-administrator';
const ACTOR = 'node:demo';

async function renewToken({ parts, settings }: RunningServer): Promise<string> {
  const { tokens } = parts;
  const old = (await tokens.list()).filter(
    ({ name, revokedAtMs }) => name === TOKEN_NAME && revokedAtMs === null,
  );
  for (const { id } of old) await tokens.revoke(id, ACTOR);
  const person = NORTHLAKE_PEOPLE.responder;
  const created = await tokens.create({ name: TOKEN_NAME, scopes: ['admin'], person }, ACTOR);
  const file = join(settings.data, 'demo-token');
  writePrivate(file, `${created.text}\n`);
  return file;
}

/** So that `firebreak signal send --source NAME --secret-file FILE` can speak for them. */
function writeSources({ settings }: RunningServer, organisation: DemoOrganisation): void {
  const { scanner, detector, owner } = organisation;
  for (const { name, secret } of [scanner, detector, owner]) {
    writePrivate(join(settings.data, `demo-source-${name}`), `${reveal(secret)}\n`);
  }
}

/** In the demo one person administers as well as decides. */
async function linkFor({ parts }: RunningServer, person: string): Promise<string> {
  const { administration, signIn } = parts.people;
  await administration.setAdministrator(person, true, ACTOR);
  return await signIn.createLink(person);
}

/** A server on the simulated organisation: its world as a process of its own, its inventory, its charter. */
export async function startDemoServer(
  settings: ServerSettings,
  options: DemoOptions,
  overrides: Overrides = {},
): Promise<DemoServer> {
  const { clock = realClock } = overrides;
  const organisation = await openDemoOrganisation({ ...options, clock, furnished: true });
  try {
    const running = await startServer(settings, { ...organisation.overrides, ...overrides });
    await organisation.moveIn(running);
    writeSources(running, organisation);
    const tokenFile = await renewToken(running);
    const code = await linkFor(running, NORTHLAKE_PEOPLE.responder);
    const stop = async (graceMs?: number): Promise<void> => {
      await running.stop(graceMs);
      organisation.world.stop();
    };
    return {
      ...running,
      stop,
      organisation,
      tokenFile,
      signInUrl: `${running.url}/sign-in?code=${code}`,
    };
  } catch (error) {
    organisation.world.stop();
    throw error;
  }
}
