import { writeFileSync } from 'node:fs';
import {
  SCOPES,
  type TokenAnswer,
  type Token,
  type TokensAnswer,
} from '../../api/contract/index.ts';
import { FirebreakError, messageOf, toTimestamp } from '../../kernel/index.ts';
import { oneOf, place, type Call, type Command } from '../command.ts';
import { table } from '../text.ts';

function expiry(call: Call): string | undefined {
  const length = call.option('expires-in');
  if (length === undefined) return undefined;
  const match = /^P(?<days>\d{1,3})D$/u.exec(length);
  if (match === null) return call.usage('--expires-in is a number of days such as P30D');
  return toTimestamp(call.io.nowMs() + Number(match.groups?.['days']) * 86_400_000);
}

/** Only its owner may read it, from the first byte on. */
function writeToken(file: string, token: string): void {
  try {
    writeFileSync(file, `${token}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    throw new FirebreakError('file-unwritable', { file, problem: messageOf(error) }, error);
  }
}

export const tokenCreate: Command = {
  name: 'token create',
  summary: 'make a token; it is shown once',
  places: ['NAME'],
  remote: true,
  options: [
    { name: 'scope', value: 'S', many: true, text: `may be repeated: ${SCOPES.join(', ')}` },
    { name: 'person', value: 'P', text: 'the person of the roster who acts with it' },
    { name: 'expires-in', value: 'P30D', text: 'days until it ends; 90 by default' },
    { name: 'out', value: 'FILE', text: 'write it there (mode 0600) instead of showing it' },
  ],
  run: async (call) => {
    const scopes = call.many('scope').map((text) => oneOf(call, '--scope', SCOPES, text));
    if (scopes.length === 0) call.usage('--scope is missing');
    const [person, expiresAt] = [call.option('person'), expiry(call)];
    const body = { name: place(call, 0), scopes, person, expiresAt };
    const request = { method: 'POST', body } as const;
    const { token, ...created } = await call.client().ask<TokenAnswer>('/v1/tokens', request);
    const file = call.option('out');
    if (file !== undefined) writeToken(file, token);
    call.answer(file === undefined ? { ...created, token } : { ...created, file }, () =>
      file === undefined ? `${token}\n` : `${created.id} in ${file}\n`,
    );
    return 0;
  },
};

function row({ id, name, scopes, person, expiresAt, revokedAt }: Token): readonly string[] {
  const state = revokedAt === null ? `until ${expiresAt}` : `revoked ${revokedAt}`;
  return [id, name, scopes.join(' '), person ?? '', state];
}

export const tokenList: Command = {
  name: 'token list',
  summary: 'tokens, without their secrets',
  places: [],
  remote: true,
  options: [],
  run: async (call) => {
    const answer = await call.client().ask<TokensAnswer>('/v1/tokens');
    call.answer(answer, () => table(answer.tokens.map(row)));
    return 0;
  },
};

export const tokenRevoke: Command = {
  name: 'token revoke',
  summary: 'end a token now',
  places: ['ID'],
  remote: true,
  options: [],
  run: async (call) => {
    const path = `/v1/tokens/${encodeURIComponent(place(call, 0))}`;
    const answer = await call.client().ask<Token>(path, { method: 'DELETE' });
    call.answer(answer, () => table([row(answer)]));
    return 0;
  },
};
