import { writeFileSync } from 'node:fs';
import { FirebreakError, messageOf } from '../../kernel/index.ts';
import { wholeNumber, type Call, type Command, type OptionText } from '../command.ts';
import { paint, table, type Tone } from '../text.ts';

const CONFIGURATION: readonly OptionText[] = [
  { name: 'config', value: 'FILE', text: 'firebreak.yaml' },
  { name: 'data', value: 'DIR', text: 'data directory; .firebreak by default' },
  { name: 'store', value: 'S', text: 'sqlite (the default) or postgres://...' },
];
const PORT: OptionText = {
  name: 'port',
  value: 'N',
  text: 'port; 7470 by default, 0 takes a free one',
};
const WORLD_PORT = 7471;

interface Given {
  readonly config?: string;
  readonly data?: string;
  readonly store?: string;
  readonly host?: string;
  readonly port?: number;
}

function optionsOf(call: Call): Given {
  const texts = ['config', 'data', 'store', 'host'].flatMap((name) => {
    const value = call.option(name);
    return value === undefined ? [] : [[name, value] as const];
  });
  const port = wholeNumber(call, 'port');
  if (port !== undefined && port > 65_535) call.usage('--port is at most 65535');
  return { ...Object.fromEntries(texts), ...(port === undefined ? {} : { port }) };
}

function demoOf(call: Call): { readonly demo?: { worldPort: number; seed: number } } {
  if (!call.flag('demo')) return {};
  const worldPort = wholeNumber(call, 'world-port') ?? WORLD_PORT;
  return { demo: { worldPort, seed: wholeNumber(call, 'seed') ?? 1 } };
}

interface Ready {
  readonly url: string;
  readonly signInUrl?: string;
  readonly tokenFile?: string;
  readonly firstAdministratorUrl?: string;
}

function readyText({ io }: Call, ready: Ready): string {
  const { url, signInUrl, tokenFile, firstAdministratorUrl: first } = ready;
  const head = `${paint(io, 'bold', 'Firebreak')} is ready at ${url}\n`;
  if (first !== undefined) {
    const rows = [['  first administrator', first, '(works once, for an hour)']];
    return `${head}Nobody has a passkey yet.\n\n${table(rows)}`;
  }
  if (signInUrl === undefined) return head;
  const rows = [
    ['  sign in', signInUrl, '(works once)'],
    ['  command line', `npx firebreak incident list --url ${url} --token-file ${tokenFile ?? ''}`],
    ['  stop', 'Ctrl-C'],
  ];
  return `${head}The demo organisation and its simulated world are running.\n\n${table(rows)}`;
}

export const serve: Command = {
  name: 'serve',
  summary: 'start the server',
  places: [],
  remote: false,
  options: [
    ...CONFIGURATION,
    PORT,
    { name: 'host', value: 'H', text: 'address to listen on; localhost by default' },
    { name: 'demo', text: 'with the demo organisation and its simulated world' },
    { name: 'seed', value: 'N', text: 'of the simulated world' },
    { name: 'world-port', value: 'N', text: 'of the simulated world; 7471 by default' },
    {
      name: 'bootstrap-token-file',
      value: 'FILE',
      text: "write an administrator's token there when the store is new",
    },
    { name: 'migrate', text: 'also bring a PostgreSQL schema up to this server' },
  ],
  run: async (call) => {
    const app = await import('../../app/index.ts');
    const bootstrapTokenFile = call.option('bootstrap-token-file');
    const options = {
      ...optionsOf(call),
      ...demoOf(call),
      ...(bootstrapTokenFile === undefined ? {} : { bootstrapTokenFile }),
      ...(call.flag('migrate') ? { migrate: true } : {}),
    };
    await app.serve(options, (running, first) => {
      const { url } = running;
      const demo =
        'signInUrl' in running
          ? { signInUrl: running.signInUrl, tokenFile: running.tokenFile }
          : {};
      const link = first === null ? {} : { firstAdministratorUrl: first };
      const ready = { event: 'ready', url, pid: process.pid, ...demo, ...link };
      call.answer(ready, () => readyText(call, ready));
    });
    return 0;
  },
};

export const migrate: Command = {
  name: 'migrate',
  summary: 'bring the schema of a store up to this server',
  places: [],
  remote: false,
  options: CONFIGURATION,
  run: async (call) => {
    const { migrateStore } = await import('../../app/index.ts');
    const answer = await migrateStore(optionsOf(call));
    call.answer(answer, () => `${answer.store}: all ${answer.migrations} migrations are applied\n`);
    return 0;
  },
};

// table: how a diagnosis is shown
const STATES: Readonly<Record<'ok' | 'warn' | 'fail', readonly [string, Tone]>> = {
  ok: ['✔ ok  ', 'green'],
  warn: ['■ warn', 'amber'],
  fail: ['✖ fail', 'red'],
};

export const doctor: Command = {
  name: 'doctor',
  summary: 'look at everything that a start depends on',
  places: [],
  remote: false,
  options: [...CONFIGURATION, PORT],
  run: async (call) => {
    const { diagnose } = await import('../../app/index.ts');
    const checks = await diagnose(optionsOf(call));
    const isWell = checks.every(({ state }) => state !== 'fail');
    call.answer({ ok: isWell, checks }, () =>
      checks
        .map(({ name, state, text, remedy }) => {
          const [mark, tone] = STATES[state];
          const next = remedy === null ? '' : `        ${remedy}\n`;
          return `${paint(call.io, tone, mark)}  ${name}: ${text}\n${next}`;
        })
        .join(''),
    );
    return isWell ? 0 : 1;
  },
};

export const demo: Command = {
  name: 'demo',
  summary: 'the main job on the simulated world, in the terminal',
  places: [],
  remote: false,
  options: [
    { name: 'seed', value: 'N', text: 'of the simulated world' },
    { name: 'fast', text: 'only the leak, for a first look' },
  ],
  run: async (call) => {
    const { runDemo } = await import('../../app/index.ts');
    const ok = await runDemo({
      json: call.json,
      seed: wholeNumber(call, 'seed') ?? 1,
      fast: call.flag('fast'),
      write: (line) => {
        call.io.out(`${line}\n`);
      },
    });
    return ok ? 0 : 1;
  },
};

const DAY_MS = 86_400_000;

function dayOf(call: Call): number {
  const text = call.option('at');
  const atMs = text === undefined ? call.io.nowMs() : Date.parse(text);
  if (Number.isNaN(atMs)) call.usage('--at takes a day, such as 2026-12-01');
  return Math.floor(atMs / DAY_MS) * DAY_MS;
}

export const demoOrganisation: Command = {
  name: 'demo organisation',
  summary: 'the inventory of the demo organisation as a file, to look at and to import elsewhere',
  places: ['[FILE]'],
  remote: false,
  options: [
    { name: 'seed', value: 'N', text: 'another organisation; the same one gives the same file' },
    {
      name: 'identities',
      value: 'N',
      text: 'beside those of the simulated world; 2000 by default',
    },
    { name: 'at', value: 'DAY', text: 'from which all ages count; today by default' },
  ],
  run: async (call) => {
    const app = await import('../../app/index.ts');
    const identities = wholeNumber(call, 'identities') ?? app.ORGANISATION_IDENTITIES;
    const { least, most } = app.ORGANISATION_SIZES;
    if (identities < least || identities > most) {
      call.usage(`--identities is from ${least} to ${most}`);
    }
    const settings = { seed: wholeNumber(call, 'seed') ?? 1, atMs: dayOf(call), identities };
    const text = app.organisationText(settings);
    const [file = '-'] = call.places;
    if (file === '-') {
      call.io.out(text);
      return 0;
    }
    try {
      writeFileSync(file, text);
    } catch (error) {
      throw new FirebreakError('file-unwritable', { file, problem: messageOf(error) }, error);
    }
    const lines = text.split('\n').length - 1;
    call.answer({ file, lines, ...settings }, () => `${lines} lines in ${file}\n`);
    return 0;
  },
};
