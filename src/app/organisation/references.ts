import type { Chance } from './chance.ts';

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const BASE64 = `${BASE32.toLowerCase()}${BASE32}0189+/`;
const HEX = '0123456789abcdef';

// Every reference has the form of its system and says EXAMPLE, or is of a range that nobody is given.

export const accessKey = (chance: Chance): string =>
  `aws:access-key:AKIAEXAMPLE${chance.text(BASE32, 9)}`;

export const arn = (account: string, resource: string, service = 'iam'): string =>
  `aws:arn:arn:aws:${service}::${account}:${resource}`;

/** All zeros but the end: no directory hands these out. */
export const guid = (chance: Chance): string => `00000000-0000-4000-8000-${chance.text(HEX, 12)}`;

export const sshFingerprint = (chance: Chance): string =>
  `ssh:ssh-fingerprint:SHA256:EXAMPLE${chance.text(BASE64, 36)}`;

export const serialNumber = (chance: Chance): string =>
  `x509:certificate-serial:e0${chance.text(HEX, 30)}`;

export const certificateHash = (chance: Chance): string =>
  `x509:certificate-sha256:e0${chance.text(HEX, 62)}`;

export const keyNumber = (chance: Chance): string => `e0${chance.text(HEX, 38)}`;

export const number = (chance: Chance, digits: number): string =>
  `9${chance.text('0123456789', digits - 1)}`;

/** As it is written in a name of a store, a host or a role. */
export const underscored = (name: string): string => name.replaceAll('-', '_');
