import { createLog, LIMITS, messageOf, type Log } from '../kernel/index.ts';
import { ensureConsoleBuilt } from './console.ts';
import { playLive } from './demo/live.ts';
import { startDemoServer, type DemoServer } from './demo-server.ts';
import { startServer, type Overrides, type RunningServer } from './server.ts';
import { resolveSettings, type ServerOptions } from './settings.ts';

export interface ServeOptions extends ServerOptions {
  readonly demo?: { readonly worldPort: number; readonly seed: number };
  readonly bootstrapTokenFile?: string;
  readonly migrate?: boolean;
}

const EXIT_FAILURE = 2;

/** What nobody caught leaves the process in a state that nobody knows: it is said, and the process ends. */
function endOnCrash(log: Log): void {
  const crash = (err: unknown): void => {
    log.error({ err }, 'a fault of ours; the process ends, nothing that was acknowledged is lost');
    process.exit(EXIT_FAILURE);
  };
  process.on('uncaughtException', crash);
  process.on('unhandledRejection', crash);
}

/** The first signal ends the server in order, the second at once. */
function endOnSignal(log: Log, stop: () => Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    let isStopping = false;
    const onSignal = (signal: NodeJS.Signals): void => {
      if (isStopping) {
        log.warn({ signal }, 'stopped at once');
        process.exit(EXIT_FAILURE);
      }
      isStopping = true;
      log.info({ signal }, 'stopping: what was begun may end');
      // Requests, steps and the store each have their own limit; this one is for what has none.
      const limitMs = 3 * LIMITS.stopGraceMs;
      setTimeout(() => process.exit(EXIT_FAILURE), limitMs).unref();
      stop().then(resolve, (error: unknown) => {
        log.error({ problem: messageOf(error) }, 'the server did not stop in order');
        process.exit(EXIT_FAILURE);
      });
    };
    process.on('SIGTERM', onSignal);
    process.on('SIGINT', onSignal);
  });
}

function overridesOf(options: ServeOptions, log: Log): Overrides {
  const { bootstrapTokenFile, migrate } = options;
  return {
    log,
    ...(bootstrapTokenFile === undefined ? {} : { bootstrapTokenFile }),
    ...(migrate === undefined ? {} : { migrate }),
  };
}

function isDemo(running: RunningServer | DemoServer): running is DemoServer {
  return 'organisation' in running;
}

/** Where the first administrator adds their passkey; null once somebody has one. In the fragment: no log ever sees it. */
async function inviteFirst({ parts, settings, url }: RunningServer): Promise<string | null> {
  const text = await parts.people.invitations.inviteFirst();
  if (text === null) return null;
  const local = new URL(url);
  // Passkeys are bound to a name: this machine is reached under its own also when the address is a number.
  local.hostname = 'localhost';
  const origin = settings.publicUrl ?? local.origin;
  return `${origin}/enrol#invitation=${text}`;
}

/** Serves until the process is told to end. `onReady` is called once requests are answered. */
export async function serve(
  options: ServeOptions,
  onReady: (running: RunningServer | DemoServer, first: string | null) => void,
): Promise<void> {
  const settings = resolveSettings(options);
  const log = createLog(options.demo === undefined ? settings.logLevel : 'warn');
  endOnCrash(log);
  await ensureConsoleBuilt(log);
  const overrides = overridesOf(options, log);
  const running =
    options.demo === undefined
      ? await startServer(settings, overrides)
      : await startDemoServer(settings, options.demo, overrides);
  const ended = endOnSignal(log, () => running.stop());
  // The demo prints a link of its own.
  onReady(running, isDemo(running) ? null : await inviteFirst(running));
  if (isDemo(running)) void playLive(running, running.organisation);
  await ended;
}
