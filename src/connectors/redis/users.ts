import { createHmac } from 'node:crypto';
import type { Json, JsonObject } from '../../kernel/index.ts';
import { listOf, pairsOf, textOf } from './client.ts';
import type { Reply } from './resp.ts';

/** What one selector of a user allows, in the words of ACL GETUSER. */
export interface Rules {
  readonly commands: string;
  readonly keys: string;
  readonly channels: string;
}

export interface UserState {
  readonly name: string;
  readonly on: boolean;
  /** Any password is let in. */
  readonly nopass: boolean;
  /** SHA-256 of each password. They put a password back, so they never leave this folder. */
  readonly hashes: readonly string[];
  readonly root: Rules;
  /** Further rules that allow on their own, whatever the root denies. */
  readonly selectors: readonly Rules[];
}

function joined(reply: Reply | undefined): string {
  return textOf(reply);
}

function rulesOf(pairs: ReadonlyMap<string, Reply>): Rules {
  return {
    commands: joined(pairs.get('commands')),
    keys: joined(pairs.get('keys')),
    channels: joined(pairs.get('channels')),
  };
}

/** Null when there is no such user. */
export function readUser(name: string, reply: Reply | undefined): UserState | null {
  if (!Array.isArray(reply)) return null;
  const pairs = pairsOf(reply);
  const flags = listOf(pairs.get('flags')).map(textOf);
  return {
    name,
    on: flags.includes('on'),
    nopass: flags.includes('nopass'),
    hashes: listOf(pairs.get('passwords')).map(textOf),
    root: rulesOf(pairs),
    selectors: listOf(pairs.get('selectors')).map((each) => rulesOf(pairsOf(each))),
  };
}

/** Users that hold what a cut needs to remember; they cannot log in and may do nothing. */
export const OWN_PREFIX = 'firebreak:';
const FINGERPRINT_HEX = 16;

/**
 * How a password is called: short, the same every time, and of no use for logging in or for putting it back. It is bound
 * to target and user, so that equal passwords have different names.
 */
export function credentialRef(target: string, user: string, hash: string): string {
  return createHmac('sha256', `firebreak redis ${target}`)
    .update(`${user}\0${hash}`)
    .digest('hex')
    .slice(0, FINGERPRINT_HEX);
}

/** Holds a password that was taken away, so that it can be given back without anybody keeping its hash elsewhere. */
export const parkedName = (credential: string): string => `${OWN_PREFIX}parked:${credential}`;
/** Says that Firebreak made this password. */
export const mintedName = (credential: string): string => `${OWN_PREFIX}minted:${credential}`;

export const isOwnName = (name: string): boolean => name.startsWith(OWN_PREFIX);

export function rulesJson({ commands, keys, channels }: Rules): JsonObject {
  return { commands, keys, channels };
}

/** The part that a G2 cut changes. */
export function permissionsJson(user: UserState): Json {
  return { commands: user.root.commands, selectors: user.selectors.map(rulesJson) };
}

export interface RedisSessionFacts {
  readonly id: string;
  readonly user: string;
  readonly address: string;
  readonly name: string;
  readonly ageSeconds: number;
  readonly idleSeconds: number;
  readonly command: string;
}

export function sessionRef({ id, address }: Pick<RedisSessionFacts, 'id' | 'address'>): string {
  return `${id}@${address}`;
}

/** CLIENT LIST: a line for each session, `name=value` with spaces between; no value can hold a space. */
export function readSessions(reply: Reply | undefined): readonly RedisSessionFacts[] {
  return textOf(reply)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const facts = new Map(
        line.split(' ').map((word) => {
          const at = word.indexOf('=');
          return [word.slice(0, at), word.slice(at + 1)] as const;
        }),
      );
      const fact = (name: string): string => facts.get(name) ?? '';
      return {
        id: fact('id'),
        user: fact('user'),
        address: fact('addr'),
        name: fact('name'),
        ageSeconds: Number(fact('age')) || 0,
        idleSeconds: Number(fact('idle')) || 0,
        command: fact('cmd'),
      };
    });
}
