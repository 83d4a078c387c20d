import { expect, it } from 'vitest';
import { reveal, Secret } from '../../kernel/index.ts';
import { ConnectorFailure } from '../contract.ts';
import { readAccess, type RedisAccess } from './access.ts';

const access = (url: string, more: Partial<RedisAccess> = {}): RedisAccess => ({
  target: 'cache',
  url: new Secret(url),
  controlUrl: new Secret(url.replace('firebreak:', 'control:')),
  ...more,
});

it('reads address, names and passwords from a URL', () => {
  const read = readAccess(access('rediss://firebreak:p%40ss%2F@[::1]'));
  expect(read.endpoint).toEqual({ host: '::1', port: 6379, secure: true });
  expect(read.own.user).toBe('firebreak');
  expect(reveal(read.own.password)).toBe('p@ss/');
  expect(read.profile).toMatchObject({
    account: 'firebreak',
    control: 'control',
    denied: ['@admin', '@dangerous'],
    persistence: 'aclfile',
  });
});

it.each<[string, RedisAccess]>([
  ['is not a URL', access('fake-password')],
  ['begins with redis://', access('http://firebreak:fake-password@host')],
  ['names a user', access('redis://host')],
  ['names a user', access('redis://:fake-password@host')],
  [
    'the same server',
    access('redis://firebreak:fake-password@host', {
      controlUrl: new Secret('redis://control:fake-password@other'),
    }),
  ],
  [
    'another user',
    access('redis://firebreak:fake-password@host', {
      controlUrl: new Secret('redis://firebreak:fake-password@host'),
    }),
  ],
  [
    'no category and no command',
    access('redis://firebreak:fake-password@host', { alsoRestrict: ['@write on'] }),
  ],
])('refuses what %s, and does not say the password', (problem, wrong) => {
  let said = '';
  try {
    readAccess(wrong);
  } catch (error) {
    said = error instanceof ConnectorFailure ? `${error.kind}: ${error.message}` : 'thrown';
  }
  expect(said).toContain('refused: ');
  expect(said).toContain(problem);
  expect(said).not.toContain('fake-password');
});
