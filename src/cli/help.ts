import { allOptions, type Command } from './command.ts';
import { table } from './text.ts';

export function helpOfAll(commands: readonly Command[]): string {
  const rows = commands.map(({ name, places, summary }) => [
    `  ${[name, ...places].join(' ')}`,
    summary,
  ]);
  return `Firebreak: stops a compromised identity, and gives everything back when the alarm was false.

usage: firebreak COMMAND [arguments] [--json] [--help]

${table(rows)}
Commands that talk to a server take --url URL and --token-file FILE (or FIREBREAK_URL, FIREBREAK_TOKEN).
Exit: 0 done, 1 something was found, 2 wrong usage or failure.
`;
}

export function helpOf(command: Command): string {
  const rows = allOptions(command).map(({ name, value, text }) => [
    `  --${name}${value === undefined ? '' : ` ${value}`}`,
    text,
  ]);
  const usage = ['firebreak', command.name, ...command.places, '[options]'].join(' ');
  return `${command.summary}\n\nusage: ${usage}\n\n${table(rows)}`;
}
