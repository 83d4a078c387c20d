import { readFile, stat } from 'node:fs/promises';
import { lookup } from 'node:dns';
import { get as getPlain, type IncomingMessage, type RequestOptions } from 'node:http';
import { get as getSecure } from 'node:https';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { resolve } from 'node:path';
import type { FetchCalendar, Fetched } from '../authority/index.ts';
import { isFirebreakError, LIMITS, reveal } from '../kernel/index.ts';
import { readSecret } from './secrets.ts';

export interface CalendarSourceOptions {
  /** Where the roster file lies: relative paths start there. */
  readonly directory: string;
  readonly environment?: NodeJS.ProcessEnv;
  /** For tests: http, and this machine. */
  readonly loopback?: { readonly allowed: true; readonly timeoutMs?: number };
}

/** Why a calendar was not fetched. The words go into answers and the ledger: no address, no secret. */
class NotFetched extends Error {}

/**
 * Fetches calendars for rosters. An address is configured by whoever signs the roster, so private networks are allowed;
 * this machine and the addresses at which clouds give out credentials are not.
 */
export function createFetchCalendar(options: CalendarSourceOptions): FetchCalendar {
  return async (ical) => {
    try {
      return await calendarOf(ical, options);
    } catch (error) {
      return { ok: false, problem: problemOf(error) };
    }
  };
}

async function calendarOf(ical: string, options: CalendarSourceOptions): Promise<Fetched> {
  const { directory, environment } = options;
  if (ical.startsWith('https://')) return { ok: true, text: await fetchText(ical, options) };
  if (ical.startsWith('env:') || ical.startsWith('file:')) {
    const address = reveal(readSecret(ical, directory, environment));
    return { ok: true, text: await fetchText(address, options) };
  }
  const file = resolve(directory, ical);
  const { size, mtimeMs } = await stat(file);
  if (size > LIMITS.calendarBytesMax) throw tooLarge();
  // A file that nobody has written for a year is a year old, however often it is read.
  return { ok: true, text: await readFile(file, 'utf8'), asOfMs: Math.floor(mtimeMs) };
}

function tooLarge(): NotFetched {
  return new NotFetched(`it is larger than ${LIMITS.calendarBytesMax} bytes`);
}

function problemOf(error: unknown): string {
  if (error instanceof NotFetched) return error.message;
  if (isFirebreakError(error, 'secret-unreadable')) return 'its address cannot be read';
  if (error instanceof Error && error.name === 'TimeoutError') return 'it did not answer in time';
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  // Codes of Node are words in capitals; anything else could hold parts of an address.
  return /^[A-Z0-9_]{2,40}$/u.test(code) ? `it cannot be reached: ${code}` : 'it cannot be reached';
}

async function fetchText(address: string, options: CalendarSourceOptions): Promise<string> {
  const timeoutMs = options.loopback?.timeoutMs ?? LIMITS.calendarFetchMsMax;
  // One time for all of it: a source that sends a byte now and then must not hold the next try.
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    return await follow(address, options, signal);
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  }
}

async function follow(
  address: string,
  options: CalendarSourceOptions,
  signal: AbortSignal,
): Promise<string> {
  let url = URL.parse(address);
  for (let hops = 0; hops <= LIMITS.calendarRedirectsMax; hops += 1) {
    if (url === null) throw new NotFetched('its address is not one of https');
    const response = await ask(url, options, signal);
    const { statusCode = 0, headers } = response;
    if (statusCode >= 200 && statusCode < 300) return await bounded(response);
    response.destroy();
    if (statusCode < 300 || statusCode >= 400 || headers.location === undefined) {
      throw new NotFetched(`it answered ${statusCode}`);
    }
    url = URL.parse(headers.location, url);
  }
  throw new NotFetched('it sends from one address to another');
}

const FORBIDDEN = new BlockList();
FORBIDDEN.addSubnet('0.0.0.0', 8, 'ipv4');
FORBIDDEN.addSubnet('169.254.0.0', 16, 'ipv4');
FORBIDDEN.addSubnet('224.0.0.0', 3, 'ipv4');
FORBIDDEN.addAddress('100.100.100.200', 'ipv4');
FORBIDDEN.addAddress('::', 'ipv6');
FORBIDDEN.addSubnet('fe80::', 10, 'ipv6');
FORBIDDEN.addSubnet('ff00::', 8, 'ipv6');
FORBIDDEN.addAddress('fd00:ec2::254', 'ipv6');
const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** An IPv4 address in IPv6 clothes is checked as what it is: BlockList does so by itself. */
function isRefused(address: string, options: CalendarSourceOptions): boolean {
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  if (LOOPBACK.check(address, family)) return options.loopback === undefined;
  return FORBIDDEN.check(address, family);
}

/** Checked where the connection is made, so that a name cannot mean something else a moment later. */
function checkedLookup(options: CalendarSourceOptions): LookupFunction {
  return (hostname, lookupOptions, done) => {
    lookup(hostname, { ...lookupOptions, all: true }, (error, addresses) => {
      const found = error === null ? addresses : [];
      if (error === null && found.some(({ address }) => isRefused(address, options))) {
        done(new NotFetched('its address is not allowed'), []);
      } else if (lookupOptions.all === true) done(error, found);
      else done(error, found[0]?.address ?? '', found[0]?.family);
    });
  };
}

function ask(
  url: URL,
  options: CalendarSourceOptions,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const host = url.hostname.replaceAll(/^\[|\]$/gu, '');
  const plain = url.protocol === 'http:' && options.loopback !== undefined;
  if (url.protocol !== 'https:' && !plain) throw new NotFetched('its address is not one of https');
  if (isIP(host) !== 0 && isRefused(host, options))
    throw new NotFetched('its address is not allowed');
  const request: RequestOptions = {
    signal,
    // Every name is looked up in the checked way, on a connection of its own.
    lookup: checkedLookup(options),
    agent: false,
    headers: { accept: 'text/calendar', 'accept-encoding': 'identity', 'user-agent': 'firebreak' },
  };
  return new Promise((settle, fail) => {
    (plain ? getPlain : getSecure)(url, request, settle).on('error', (error) => {
      fail(signal.aborted ? signal.reason : error);
    });
  });
}

async function bounded(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    // Without an encoding a response gives buffers.
    const part = chunk as Buffer;
    bytes += part.byteLength;
    if (bytes > LIMITS.calendarBytesMax) {
      response.destroy();
      throw tooLarge();
    }
    chunks.push(part);
  }
  return Buffer.concat(chunks).toString('utf8');
}
