import { randomInt } from 'node:crypto';
import { LIMITS, type Secret } from '../kernel/index.ts';
import { keyedHash } from './sealed.ts';

// Recovery codes: written on paper, typed at night. No letters that look alike; 79 bits, so that there is nothing to guess.

const ALPHABET = '23456789abcdefghjkmnpqrstuvwxyz';
const GROUPS = 4;
const GROUP_LENGTH = 4;

function drawCode(): string {
  const letter = (): string => ALPHABET.charAt(randomInt(ALPHABET.length));
  const group = (): string => Array.from({ length: GROUP_LENGTH }, letter).join('');
  return Array.from({ length: GROUPS }, group).join('-');
}

export function drawRecoveryCodes(): readonly string[] {
  return Array.from({ length: LIMITS.recoveryCodesCount }, drawCode);
}

/** As it may be typed: capitals, spaces, without hyphens. Bound to the person: it is no code of anybody else. */
export function hashRecoveryCode(key: Secret, person: string, code: string): string {
  const plain = code.toLowerCase().replaceAll(/[^a-z0-9]/gu, '');
  return keyedHash(key, 'recovery-code', `${person}\n${plain}`);
}
