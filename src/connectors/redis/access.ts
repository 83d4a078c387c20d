import { Secret, reveal } from '../../kernel/index.ts';
import { ConnectorFailure } from '../contract.ts';
import type { Endpoint, Login } from './client.ts';

/** Where the server keeps its users, so that they are the same after a restart. */
export type Persistence = 'aclfile' | 'config';

export interface RedisAccess {
  readonly target: string;
  /** redis://account:password@host:port of Firebreak's own account; rediss:// for TLS. */
  readonly url: Secret;
  /** The same of a user that no cut touches: the positive control of every probe. */
  readonly controlUrl: Secret;
  /** HOST:PORT by which workloads reach the same server (a proxy, another listener); tried from there too. */
  readonly inside?: string;
  /** Categories (`@write`) and commands that a user loses when it is reduced, beside those that mint. */
  readonly alsoRestrict?: readonly string[];
  /** `aclfile` by default. */
  readonly persistence?: Persistence;
  /** `password` by default: a second password of the same user; `twin`: a second user, whose sessions can be told apart. */
  readonly rotation?: 'twin' | 'password';
}

/** Fixed for the life of a connector. */
export interface RedisProfile {
  readonly target: string;
  readonly account: string;
  readonly control: string;
  /** What a reduced user may not do, as rules without their sign. */
  readonly denied: readonly string[];
  readonly persistence: Persistence;
  readonly rotation: 'twin' | 'password';
  readonly inside: Endpoint | null;
}

/** Who may not run these can neither make users nor read them, nor reach the server behind them. */
export const MINTING = ['@admin', '@dangerous'] as const;

const RULE = /^@?[a-z][a-z0-9_.|-]{0,63}$/u;
const PORT = 6379;

function refuse(problem: string): never {
  throw new ConnectorFailure('refused', problem);
}

/** The text of a URL that does not parse is not repeated: it holds a password. */
function parse(url: Secret, name: string): URL {
  const text = reveal(url);
  if (!URL.canParse(text)) refuse(`${name} is not a URL`);
  const parsed = new URL(text);
  if (parsed.protocol !== 'redis:' && parsed.protocol !== 'rediss:') {
    refuse(`${name} begins with redis:// or rediss://`);
  }
  if (parsed.username === '' || parsed.password === '') {
    refuse(`${name} names a user and its password; the default user has too many holders`);
  }
  return parsed;
}

function loginOf(url: URL, as: string): Login {
  const user = decodeURIComponent(url.username);
  return { user, password: new Secret(decodeURIComponent(url.password)), as };
}

function endpointOf(url: URL): Endpoint {
  return {
    host: url.hostname.replaceAll(/^\[|\]$/gu, ''),
    port: url.port === '' ? PORT : Number(url.port),
    secure: url.protocol === 'rediss:',
  };
}

function insideOf({ protocol }: URL, place: string): Endpoint {
  const text = `${protocol}//${place}`;
  return URL.canParse(text) ? endpointOf(new URL(text)) : refuse('inside is not HOST:PORT');
}

export interface Reached {
  readonly profile: RedisProfile;
  readonly endpoint: Endpoint;
  readonly own: Login;
  readonly control: Login;
}

/** Control and account are tried at the same server: the address of the control counts for nothing else. */
export function readAccess(access: RedisAccess): Reached {
  const url = parse(access.url, 'url');
  const controlUrl = parse(access.controlUrl, 'controlUrl');
  if (url.host !== controlUrl.host) refuse('url and controlUrl name the same server');
  const own = loginOf(url, 'firebreak');
  const control = loginOf(controlUrl, 'firebreak-control');
  if (own.user === control.user) refuse('the control is another user than Firebreak acts as');
  const also = access.alsoRestrict ?? [];
  const odd = also.find((rule) => !RULE.test(rule));
  if (odd !== undefined) refuse(`${JSON.stringify(odd)} is no category and no command of Redis`);
  return {
    endpoint: endpointOf(url),
    own,
    control,
    profile: {
      target: access.target,
      account: own.user,
      control: control.user,
      denied: [...new Set([...MINTING, ...also])],
      persistence: access.persistence ?? 'aclfile',
      rotation: access.rotation ?? 'password',
      inside: access.inside === undefined ? null : insideOf(url, access.inside),
    },
  };
}
