import type { Rules } from './users.ts';

/** Which commands each category of the server holds: ACL CAT of each. Subcommands are `container|name`. */
export type Catalogue = ReadonlyMap<string, readonly string[]>;

/** Every command is one or the other. */
const EVERY_CATEGORY = ['fast', 'slow'] as const;

function everyCommand(catalogue: Catalogue): readonly string[] {
  return EVERY_CATEGORY.flatMap((category) => catalogue.get(category) ?? []);
}

/** What one rule without its sign speaks of: a category, a command with its subcommands, or one subcommand. */
export function membersOf(rule: string, catalogue: Catalogue): readonly string[] {
  const name = rule.toLowerCase();
  if (name === '@all') return everyCommand(catalogue);
  if (name.startsWith('@')) return catalogue.get(name.slice(1)) ?? [];
  const below = everyCommand(catalogue).filter((each) => each.startsWith(`${name}|`));
  return [name, ...below];
}

/**
 * The commands that a list of rules allows, applied from left to right as the server does. Two lists mean the same when
 * their sets are equal: the server rewrites the text of rules as it likes.
 */
export function allowedBy(commands: string, catalogue: Catalogue): ReadonlySet<string> {
  const allowed = new Set<string>();
  for (const rule of commands.split(' ').filter((each) => each !== '')) {
    for (const name of membersOf(rule.slice(1), catalogue)) {
      if (rule.startsWith('+')) allowed.add(name);
      else allowed.delete(name);
    }
  }
  // A container alone is no act: its subcommands are.
  for (const name of everyCommand(catalogue)) {
    const [container = ''] = name.split('|');
    if (container !== name) allowed.delete(container);
  }
  return allowed;
}

export function deniedBy(denied: readonly string[], catalogue: Catalogue): ReadonlySet<string> {
  return new Set(denied.flatMap((rule) => membersOf(rule, catalogue)));
}

export function sameCommands(left: string, right: string, catalogue: Catalogue): boolean {
  const one = allowedBy(left, catalogue);
  const other = allowedBy(right, catalogue);
  return one.size === other.size && [...one].every((each) => other.has(each));
}

/** All words of a user's rules, a selector in parentheses: what a person reads. */
export function wordsOf({ commands, keys, channels }: Rules): readonly string[] {
  return `${keys} ${channels} ${commands}`.split(' ').filter((each) => each !== '');
}

const PLAIN = /^[^\s"'\\()]+$/u;

/** One word within a selector: the server splits it like a shell does. */
function quoted(word: string): string {
  if (PLAIN.test(word)) return word;
  return `"${word.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

/** A selector as ACL SETUSER takes it; a new one would have every channel where the server says so. */
export function selectorWord(rules: Rules, denied: readonly string[]): string {
  const words = [...wordsOf(rules), ...denied.map((each) => `-${each}`)];
  return `(resetkeys resetchannels nocommands ${words.map(quoted).join(' ')})`;
}
