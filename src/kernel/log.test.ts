import { describe, expect, it } from 'vitest';
import { FirebreakError } from './errors.ts';
import { createLog, isSuspicious, redact, silentLog } from './log.ts';
import { Secret } from './secret.ts';

const LEAK = 'hunter2';

function createMemoryLog() {
  const lines: string[] = [];
  const log = createLog('debug', { write: (line) => lines.push(line) });
  return { log, lines, last: (): unknown => JSON.parse(lines.at(-1) ?? 'null') };
}

describe('names of secrets', () => {
  it.each([
    'authorization',
    'proxy-authorization',
    'set-cookie',
    'dbPassword',
    'PASSWD',
    'passphrase',
    'secret',
    'client_secret',
    'clientSecret',
    'token',
    'accessToken',
    'refresh_token',
    'id-token',
    'tokens',
    'jwt',
    'apiKey',
    'api_key',
    'x-api-key',
    'APIKEY',
    'privateKey',
    'secretAccessKey',
  ])('%s is one', (name) => {
    expect(isSuspicious(name)).toBe(true);
  });

  it.each(['tokenId', 'secretRef', 'key', 'keyId', 'idempotencyKey', 'publicKey', 'credential'])(
    '%s is none',
    (name) => {
      expect(isSuspicious(name)).toBe(false);
    },
  );
});

describe('redaction', () => {
  it.each<[string, object]>([
    ['by type', { a: new Secret(LEAK) }],
    ['by name', { password: LEAK }],
    ['by name, whatever the value is', { token: { value: [LEAK] } }],
    ['in lists', [[new Secret(LEAK)], { apiKey: LEAK }]],
    ['in maps', new Map([['password', LEAK]])],
    ['in sets', new Set([{ password: LEAK }])],
    ['in bytes', Buffer.from(LEAK)],
    ['in what toJSON gives', { toJSON: () => ({ secret: LEAK }) }],
    ['in errors', Object.assign(new Error('x'), { token: LEAK })],
    ['in causes', new Error('x', { cause: { headers: { authorization: LEAK } } })],
    ['in aggregates', new AggregateError([{ cookie: LEAK }], 'x')],
    ['in facts of our errors', new FirebreakError('target-failed', { secret: LEAK })],
  ])('works %s', (_name, value) => {
    const { log, lines } = createMemoryLog();
    log.info({ value }, 'message');
    log.info({}, 'formatted %o %j', value, value);
    log.child({ value }).info('child');
    log.child({ a: 1 }).child({ value }).info('grandchild');
    expect(lines).toHaveLength(4);
    expect(lines.join('')).not.toContain(LEAK);
  });

  it('leaves the rest as it is', () => {
    const at = new Date('2026-12-01T00:00:00Z');
    const value = { n: 1, s: 'x', b: false, u: null, list: [1, [2]], at, set: new Set([1]) };
    expect(redact(value)).toEqual({ ...value, at: at.toISOString(), set: [1] });
  });

  it('does not change what was given', () => {
    const value = { password: LEAK, inner: { token: LEAK } };
    redact(value);
    expect(value).toEqual({ password: LEAK, inner: { token: LEAK } });
  });

  it('never throws: rings, deep values, hostile getters, large integers', () => {
    const { log, last } = createMemoryLog();
    const ring: Record<string, unknown> = {};
    ring['ring'] = ring;
    const hostile = {
      get broken(): string {
        throw new Error('no');
      },
    };
    log.info({ ring, hostile, large: 2n ** 70n });
    expect(last()).toMatchObject({ hostile: '[unreadable]', large: String(2n ** 70n) });
    expect(JSON.stringify(last())).toContain('[deep]');
  });
});

describe('a line', () => {
  it('is JSON with level, time and message, and keeps the facts of an error', () => {
    const { log, last } = createMemoryLog();
    const inner = new Error('inner');
    log.error(new FirebreakError('store-locked', { directory: 'data' }, inner));
    expect(last()).toMatchObject({
      level: 'error',
      time: expect.stringMatching(/^\d{4}-.*Z$/u),
      msg: 'the data directory data is in use by another Firebreak process',
      err: {
        name: 'FirebreakError',
        code: 'store-locked',
        facts: { directory: 'data' },
        stack: expect.stringContaining('log.test'),
        cause: { message: 'inner' },
      },
    });
  });

  it('is not written below its level', () => {
    const lines: string[] = [];
    const log = createLog('warn', { write: (line) => lines.push(line) });
    log.info('x');
    log.warn('y');
    silentLog.error('z');
    expect(lines).toHaveLength(1);
  });
});
