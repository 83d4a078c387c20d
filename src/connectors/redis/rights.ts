import type { RedisProfile } from './access.ts';

/** Each command that is sent, and what for. */
const NEEDS: Readonly<Record<string, string>> = {
  'acl|users': 'finds the users',
  'acl|getuser': 'reads what a user may do; shows the hashes of all passwords',
  'acl|cat': 'knows what a category of commands holds',
  'acl|log': 'keeps refused logins as evidence',
  'acl|setuser': 'cuts and gives back; whoever has it can give itself everything else',
  'acl|deluser': 'removes its own markers',
  'client|list': 'finds open sessions',
  'client|kill': 'ends open sessions',
  multi: 'changes all or nothing',
  exec: 'changes all or nothing',
};

export const NEEDED_RIGHTS: readonly string[] = Object.keys(NEEDS);

export function needsOf({ persistence }: RedisProfile): Readonly<Record<string, string>> {
  const save = persistence === 'aclfile' ? 'acl|save' : 'config|rewrite';
  return { ...NEEDS, [save]: 'keeps a cut in force after a restart' };
}

const PLAIN = /^[\w.:@-]+$/u;

/** As redis-cli takes it. */
export function quotedName(name: string): string {
  return PLAIN.test(name) ? name : JSON.stringify(name);
}

export function grantOf(account: string, right: string): string {
  return `ACL SETUSER ${quotedName(account)} +${right}`;
}

export function leastPrivilege(profile: RedisProfile): readonly string[] {
  return Object.keys(needsOf(profile)).map((right) => grantOf(profile.account, right));
}

/** The right that a command needs, in the words of ACL rules. */
export function rightOf(command: readonly string[]): string {
  const [container = '', name = ''] = command.map((word) => word.toLowerCase());
  return ['acl', 'client', 'config'].includes(container) ? `${container}|${name}` : container;
}
