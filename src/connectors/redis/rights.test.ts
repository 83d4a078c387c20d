import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { grantOf, leastPrivilege, rightOf } from './rights.ts';

const PROFILE = {
  target: 'cache',
  account: 'firebreak',
  control: 'firebreak-control',
  denied: [],
  persistence: 'aclfile',
  rotation: 'password',
  inside: null,
} as const;

it('the guide makes an account with exactly the rights that are needed', () => {
  const guide = readFileSync(new URL('../../../docs/connectors/redis.md', import.meta.url), 'utf8');
  const [, words = ''] = /^ACL SETUSER firebreak on >\.\.\. (.*)$/mu.exec(guide) ?? [];
  const needed = leastPrivilege(PROFILE).map((grant) => grant.split(' ').at(-1));
  expect(new Set(words.split(' '))).toEqual(new Set(needed));
});

it('where the configuration file keeps the users, another right is needed', () => {
  const kept = leastPrivilege({ ...PROFILE, persistence: 'config' });
  expect(kept).toContain('ACL SETUSER firebreak +config|rewrite');
  expect(kept).not.toContain('ACL SETUSER firebreak +acl|save');
});

it.each([
  ['firebreak', 'ACL SETUSER firebreak +multi'],
  ['a"b', 'ACL SETUSER "a\\"b" +multi'],
])('a statement can be pasted for the account %j', (account, statement) => {
  expect(grantOf(account, 'multi')).toBe(statement);
});

it('a subcommand is a right of its own', () => {
  expect(rightOf(['ACL', 'SETUSER', 'x'])).toBe('acl|setuser');
  expect(rightOf(['MULTI'])).toBe('multi');
});
