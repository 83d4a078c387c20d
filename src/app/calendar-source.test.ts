import { mkdtempSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { LIMITS } from '../kernel/index.ts';
import { createFetchCalendar } from './calendar-source.ts';
import { readRoster } from './offline-roster.ts';

const CALENDAR = 'BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n';
const directory = mkdtempSync(join(tmpdir(), 'firebreak-calendar-'));
const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}`;
}

/** Asks an address that stands in a variable, as secrets do. */
async function ask(url: string, loopback = true) {
  const fetchCalendar = createFetchCalendar({
    directory,
    environment: { CALENDAR: url },
    ...(loopback ? { loopback: { allowed: true, timeoutMs: 1_000 } } : {}),
  });
  const answer = await fetchCalendar('env:CALENDAR');
  return answer.ok ? answer.text : answer.problem;
}

describe('the calendar of a roster', () => {
  it('is read from a file beside the roster', async () => {
    writeFileSync(join(directory, 'ir.ics'), CALENDAR);
    const fetchCalendar = createFetchCalendar({ directory });
    expect(await fetchCalendar('./ir.ics')).toEqual({
      ok: true,
      text: CALENDAR,
      asOfMs: Math.floor(statSync(join(directory, 'ir.ics')).mtimeMs),
    });
    expect(await fetchCalendar('./no.ics')).toEqual({
      ok: false,
      problem: 'it cannot be reached: ENOENT',
    });
  });

  it('is fetched from an address that a reference names, over redirects', async () => {
    const url = await serve((request, response) => {
      if (request.url === '/a') response.writeHead(302, { location: '/b' }).end();
      else response.end(CALENDAR);
    });
    expect(await ask(`${url}/a`)).toBe(CALENDAR);
    writeFileSync(join(directory, 'address'), `${url}/b\n`);
    const fetchCalendar = createFetchCalendar({ directory, loopback: { allowed: true } });
    expect(await fetchCalendar('file:address')).toMatchObject({ ok: true });
  });

  it.each<readonly [name: string, answer: RequestListener, problem: string]>([
    ['an error', (_, response) => response.writeHead(503).end('busy'), 'it answered 503'],
    [
      'a circle',
      (_, response) => response.writeHead(302, { location: '/' }).end(),
      'it sends from one address to another',
    ],
    [
      'another scheme',
      (_, response) => response.writeHead(302, { location: 'file:///etc/hostname' }).end(),
      'its address is not one of https',
    ],
    [
      'credentials of a cloud',
      (_, response) =>
        response.writeHead(302, { location: 'http://169.254.169.254/latest/' }).end(),
      'its address is not allowed',
    ],
    ['silence', () => undefined, 'it did not answer in time'],
    ['a trickle', (_, response) => void response.write('BEGIN'), 'it did not answer in time'],
    [
      'too much',
      (_, response) => response.end(Buffer.alloc(LIMITS.calendarBytesMax + 1, 'x')),
      `it is larger than ${LIMITS.calendarBytesMax} bytes`,
    ],
  ])('is not fetched from %s', async (_name, answer, problem) => {
    expect(await ask(`${await serve(answer)}/secret-path`)).toBe(problem);
  });

  it.each([
    ['https://127.0.0.1:1/x', 'its address is not allowed'],
    ['https://[::1]:1/x', 'its address is not allowed'],
    ['https://[::ffff:169.254.169.254]/x', 'its address is not allowed'],
    ['https://localhost:1/x', 'its address is not allowed'],
    ['http://127.0.0.1:1/x', 'its address is not one of https'],
    ['nonsense', 'its address is not one of https'],
    ['', 'its address cannot be read'],
  ])('is not fetched from %j outside of tests', async (url, problem) => {
    expect(await ask(url, false)).toBe(problem);
  });

  it('counts for whoever asks a charter from its files; addresses are for a server', () => {
    writeFileSync(
      join(directory, 'one.ics'),
      'BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20261201T000000Z\nDURATION:P9D\nSUMMARY:Ann\nEND:VEVENT\nEND:VCALENDAR\n',
    );
    const file = join(directory, 'roster.yaml');
    const source = (ical: string) => `{ ical: ${ical}, roster: a, maxAge: PT12H }`;
    const people = 'people: { ann: { name: Ann } }\nrosters: { a: {} }\n';
    const sources = `sources: { one: ${source('one.ics')}, two: ${source('env:TWO')} }\n`;
    writeFileSync(file, `roster: x\nformat: 1\nrevision: 1\n${people}${sources}`);
    const roster = readRoster(file);
    expect(roster.rosters.get('a')).toMatchObject([{ kind: 'exact', person: 'ann' }]);
    expect(roster.synced?.get('a')?.map(({ problem }) => problem)).toEqual([
      null,
      'only a server asks addresses',
    ]);
  });
});
