import { parseArgs } from 'node:util';
import { FirebreakError, isFirebreakError, messageOf, nearest } from '../kernel/index.ts';
import { accessOf, createClient, ProblemAnswer } from './client.ts';
import { parseConfig, refuseUsage, type Call, type Command, type ExitCode } from './command.ts';
import { COMMANDS } from './commands.ts';
import { helpOf, helpOfAll } from './help.ts';
import type { Io } from './io.ts';
import { paint, plain } from './text.ts';

/** The command with the most words that the arguments begin with. */
function findCommand(argv: readonly string[]): Command | undefined {
  return COMMANDS.filter(({ name }) => {
    const words = name.split(' ');
    return words.every((word, index) => argv[index] === word);
  }).sort((left, right) => right.name.length - left.name.length)[0];
}

function unknownCommand(argv: readonly string[]): never {
  const words = argv.filter((word) => !word.startsWith('-'));
  const [group = ''] = words;
  const ofGroup = COMMANDS.filter(({ name }) => name.startsWith(`${group} `));
  const given = words.slice(0, 2).join(' ');
  if (ofGroup.length > 0) {
    const names = ofGroup.map(({ name }) => name.slice(group.length + 1)).join(', ');
    return refuseUsage(group, `${group} is followed by one of: ${names}`);
  }
  const names = COMMANDS.map(({ name }) => name);
  const meant = nearest(given, names) ?? nearest(group, names);
  const hint = meant === undefined ? '' : `; did you mean \`firebreak ${meant}\`?`;
  return refuseUsage('', `there is no command ${given}${hint}`);
}

interface Parsed {
  readonly values: Readonly<Record<string, unknown>>;
  readonly positionals: readonly string[];
}

function parse(command: Command, args: readonly string[]): Parsed {
  const options = parseConfig(command);
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    return { values: { ...values }, positionals };
  } catch (error) {
    // The parser's first sentence names the option; the rest speaks of its own conventions.
    const problem = messageOf(error).split('. ')[0] ?? '';
    const option = /--(?<name>[\w-]+)/u.exec(problem)?.groups?.['name'] ?? '';
    const meant = nearest(option, Object.keys(options));
    const isKnown = option === '' || option in options || meant === undefined;
    const hint = isKnown ? '' : `; did you mean --${meant}?`;
    return refuseUsage(command.name, `${problem}${hint}`);
  }
}

/** A place in brackets may be left out; one with dots may be repeated. */
function checkPlaces(command: Command, given: readonly string[]): void {
  const { name, places } = command;
  const least = places.filter((text) => !text.startsWith('[')).length;
  const isOpen = places.some((text) => text.includes('...'));
  if (given.length < least) {
    refuseUsage(name, `${places[given.length] ?? 'an argument'} is missing`);
  }
  if (!isOpen && given.length > places.length) {
    refuseUsage(name, `${plain(given[places.length] ?? '')} is one argument too many`);
  }
}

function texts(value: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.filter((one) => typeof one === 'string');
}

function callOf(io: Io, command: Command, { values, positionals }: Parsed): Call {
  const json = values['json'] === true;
  const option = (name: string): string | undefined => texts(values[name])[0];
  const usage = (problem: string): never => refuseUsage(command.name, problem);
  return {
    io,
    json,
    places: positionals,
    flag: (name) => values[name] === true,
    option,
    many: (name) => texts(values[name]),
    required: (name) => option(name) ?? usage(`--${name} is missing`),
    client: () => {
      const [url, tokenFile] = [option('url'), option('token-file')];
      return createClient(
        accessOf(io, {
          ...(url === undefined ? {} : { url }),
          ...(tokenFile === undefined ? {} : { tokenFile }),
        }),
      );
    },
    usage,
    answer: (value, text) => {
      io.out(json ? `${JSON.stringify(value)}\n` : text());
    },
  };
}

interface Told {
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
}

function toTold(error: unknown): Told {
  if (error instanceof ProblemAnswer) {
    const { code, detail, remedy } = error.problem;
    return { code, message: detail, remedy };
  }
  if (isFirebreakError(error)) {
    const { code, message, remedy } = error;
    return { code, message, remedy: remedy.replace('`firebreak  --help`', '`firebreak --help`') };
  }
  const reference = 'the lines above';
  const unknown = new FirebreakError('internal-failure', { reference }, error);
  return { code: unknown.code, message: messageOf(error), remedy: unknown.remedy };
}

/** Errors go to standard error, so that an answer is never mixed with one; with --json as one line. */
function tell(io: Io, json: boolean, error: unknown): void {
  const told = toTold(error);
  if (json) io.err(`${JSON.stringify({ error: told })}\n`);
  else io.err(`${paint(io, 'red', 'error')} ${plain(told.message)}\n      ${plain(told.remedy)}\n`);
}

async function runCommand(argv: readonly string[], io: Io): Promise<ExitCode> {
  const command = findCommand(argv);
  const wantsHelp = argv.includes('--help') || argv[0] === 'help' || argv.length === 0;
  if (command === undefined) {
    if (!wantsHelp) return unknownCommand(argv);
    const group = COMMANDS.filter(({ name }) => name.startsWith(`${argv[0] ?? ''} `));
    io.out(helpOfAll(group.length > 0 ? group : COMMANDS));
    return 0;
  }
  const parsed = parse(command, argv.slice(command.name.split(' ').length));
  if (parsed.values['help'] === true) {
    io.out(helpOf(command));
    return 0;
  }
  checkPlaces(command, parsed.positionals);
  return await command.run(callOf(io, command, parsed));
}

/** One command, from its arguments to its exit code; throws nothing. */
export async function runCli(argv: readonly string[], io: Io): Promise<ExitCode> {
  try {
    return await runCommand(argv, io);
  } catch (error) {
    tell(io, argv.includes('--json'), error);
    return 2;
  }
}
