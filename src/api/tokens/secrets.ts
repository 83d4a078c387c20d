import { hash, randomBytes } from 'node:crypto';
import { isId, type Id } from '../../kernel/index.ts';

/** `fbt_`, the id without its prefix, the secret: the id finds the row, only the secret's hash is in it. */
const TOKEN = /^fbt_(?<id>[0-9a-hjkmnp-tv-z]{22})_(?<secret>[\w-]{43})$/u;

/** 256 bits from the operating system: nothing to guess, so a plain hash is enough to keep it. */
function drawSecret(): string {
  return randomBytes(32).toString('base64url');
}

export function hashOf(text: string): string {
  return hash('sha256', text, 'hex');
}

export function drawToken(id: Id<'token'>): { readonly text: string; readonly hash: string } {
  const secret = drawSecret();
  return { text: `fbt_${id.slice('tok_'.length)}_${secret}`, hash: hashOf(secret) };
}

export function parseToken(
  text: string,
): { readonly id: Id<'token'>; readonly hash: string } | null {
  const groups = TOKEN.exec(text)?.groups;
  const id = `tok_${groups?.['id'] ?? ''}`;
  const secret = groups?.['secret'];
  return secret === undefined || !isId('token', id) ? null : { id, hash: hashOf(secret) };
}
