import { dirname, resolve } from 'node:path';
import { Type, type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { isNode, LineCounter, parseDocument, type Document } from 'yaml';
import { FirebreakError, LIMITS } from '../kernel/index.ts';
import { HandoverSchema } from './handover-settings.ts';
import { closed, duration, reference } from './configuration-forms.ts';
import { ConnectorSchema } from './connector-settings.ts';
import { PeopleSchema } from './people-settings.ts';

const Source = Type.Object(
  {
    name: Type.String({
      pattern: '^[\\w.@/-]{1,100}$',
      description: 'What it calls itself in `firebreak-source`',
    }),
    secret: Type.Optional(
      reference('It signs with HMAC under this secret; unsigned signals in its name are refused'),
    ),
    token: Type.Optional(
      Type.String({ description: 'Name of the bearer token that speaks for it' }),
    ),
    open: Type.Optional(
      Type.Boolean({
        description: 'Sends without proof; such signals never cut. False by default',
      }),
    ),
    confidenceMax: Type.Enum(['weak', 'medium', 'strong', 'proven'], {
      description: 'It is believed no more than this',
    }),
    identityProvider: Type.Optional(
      Type.Boolean({
        description:
          'Its signals may mark a person or a channel as suspect (`roster:person:NAME`, `roster:channel:NAME`). It has to sign. False by default',
      }),
    ),
  },
  closed,
);

const Response = Type.Object(
  {
    probeInterval: Type.Optional(
      duration('Between probes while a cut is being proven. PT1S by default'),
    ),
    denialsWanted: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 100,
        description: 'Denials in a row before a cut counts as proven. 3 by default',
      }),
    ),
    inconclusive: Type.Optional(
      duration(
        'How long a probe may be inconclusive beyond the propagation time. PT10S by default',
      ),
    ),
    reprobe: Type.Optional(
      duration('Between probes of a cut that is proven or unproven. PT1M by default'),
    ),
    evidenceFuse: Type.Optional(
      duration('Evidence has this long, then the cut goes on. PT1M30S by default'),
    ),
    watch: Type.Optional(
      duration('Between looks for credentials minted in the gap, at first. PT2S by default'),
    ),
    watchMax: Type.Optional(duration('The same, at most. PT1M by default')),
    lookBack: Type.Optional(
      duration('What was minted this long before the first signal is suspect too. PT0S by default'),
    ),
    restoreGrace: Type.Optional(
      duration('A restored identity is let in again by then. PT30S by default'),
    ),
    reapplyMax: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 100,
        description: 'Re-applications after drift before a person is asked. 3 by default',
      }),
    ),
    repage: Type.Optional(
      duration('A question without an acting default is asked again after this. PT15M by default'),
    ),
    evidenceRetention: Type.Optional(
      duration(
        'Evidence of a closed incident is deleted after this; a legal hold keeps it. P400D by default',
      ),
    ),
  },
  closed,
);

/** firebreak.yaml. docs/operating/configuration.md is written from this. */
export const ConfigurationSchema = Type.Object(
  {
    server: Type.Optional(
      Type.Object(
        {
          host: Type.Optional(
            Type.String({
              minLength: 1,
              description: 'Address to listen on. localhost by default: this machine alone',
            }),
          ),
          port: Type.Optional(
            Type.Integer({
              minimum: 0,
              maximum: 65_535,
              description: 'Port to listen on; 0 takes a free one. 7470 by default',
            }),
          ),
          publicUrl: Type.Optional(
            Type.String({
              pattern: '^https?://[^/]+$',
              description:
                'How others reach this server, without a slash at its end. With https, cookies are sent over https alone',
            }),
          ),
          trustedProxies: Type.Optional(
            Type.Array(Type.String(), {
              maxItems: 100,
              description:
                'Addresses or networks of proxies whose `x-forwarded-for` is believed. None by default',
            }),
          ),
        },
        closed,
      ),
    ),
    data: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          'Data directory, relative to this file. `.firebreak` in the working directory by default',
      }),
    ),
    store: Type.Optional(
      Type.Union([Type.Literal('sqlite'), reference('')], {
        description:
          '`sqlite` (embedded, the default), or a reference to a PostgreSQL URL: it holds a password',
      }),
    ),
    keys: Type.Optional(
      Type.Object(
        {
          master: Type.Optional(
            reference(
              'At least 16 characters, equal on every node. Encrypts custody and the signing key of the ledger. Without it, `master.key` is made in the data directory',
            ),
          ),
          origin: Type.Optional(
            Type.String({
              pattern: '^[\\w./-]{1,100}$',
              description: 'Name of a new ledger, as in its checkpoints',
            }),
          ),
        },
        closed,
      ),
    ),
    charter: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          'Decision rights, relative to this file. Without it one person, `administrator`, decides everything and nothing acts by itself',
      }),
    ),
    roster: Type.Optional(
      Type.String({ minLength: 1, description: 'Who fills the seats, relative to this file' }),
    ),
    sources: Type.Optional(
      Type.Array(Source, {
        maxItems: 1_000,
        description: 'Who may send signals, and how far they are believed',
      }),
    ),
    handover: Type.Optional(HandoverSchema),
    rotation: Type.Optional(
      Type.Object(
        {
          acknowledge: Type.Optional(
            duration('A wave has this long until all its consumers are seen. PT15M by default'),
          ),
          quiet: Type.Optional(
            duration('A consumer has left the old credential after this. PT2M by default'),
          ),
          observe: Type.Optional(
            duration('Between looks at who uses which credential. PT10S by default'),
          ),
        },
        closed,
      ),
    ),
    connectors: Type.Optional(
      Type.Array(ConnectorSchema, {
        maxItems: 1_000,
        description: 'The targets that Firebreak can act on',
      }),
    ),
    gate: Type.Optional(
      Type.Object(
        {
          whenStale: Type.Optional(
            Type.Enum(['strict', 'last-known'], {
              description:
                'What a gate answers when it could not refresh its view: `strict` denies. `last-known` by default',
            }),
          ),
        },
        closed,
      ),
    ),
    paging: Type.Optional(
      Type.Object(
        {
          webhook: Type.String({
            pattern: '^https?://',
            maxLength: 2_000,
            description:
              'Where pages go: a system that knows how to reach people. Without it they stand in the log',
          }),
          secret: reference('Signs what is sent there, in the form that signals are signed in'),
        },
        closed,
      ),
    ),
    response: Type.Optional(Response),
    people: Type.Optional(PeopleSchema),
    log: Type.Optional(
      Type.Object(
        {
          level: Type.Optional(
            Type.Enum(['debug', 'info', 'warn', 'error', 'silent'], {
              description: '`info` by default',
            }),
          ),
        },
        closed,
      ),
    ),
  },
  closed,
);

export type Configuration = Static<typeof ConfigurationSchema>;

export interface LoadedConfiguration {
  readonly values: Configuration;
  /** Relative paths in it start here. */
  readonly directory: string;
}

function refuse(problem: string, cause?: unknown): never {
  throw new FirebreakError('configuration-invalid', { problem }, cause);
}

function placeOf(document: Document, lines: LineCounter, path: readonly string[]): string {
  for (let length = path.length; length > 0; length -= 1) {
    const steps = path.slice(0, length).map((step) => (/^\d+$/u.test(step) ? Number(step) : step));
    const node: unknown = document.getIn(steps, true);
    if (!isNode(node) || !node.range) continue;
    const { line, col } = lines.linePos(node.range[0]);
    return `line ${line}, column ${col}: `;
  }
  return '';
}

interface Misfit {
  readonly instancePath: string;
  readonly keyword: string;
  readonly message: string;
  readonly params: object;
}

function describe(document: Document, lines: LineCounter, misfit: Misfit): string | null {
  const { instancePath, keyword, message, params } = misfit;
  const path = instancePath.split('/').slice(1);
  const names: unknown = Reflect.get(
    params,
    keyword === 'required' ? 'requiredProperties' : keyword,
  );
  const name = path.join('.');
  if (['boolean', 'const', 'anyOf'].includes(keyword)) return null;
  if (keyword === 'additionalProperties' && Array.isArray(names)) {
    const [first] = names.map(String);
    const place = placeOf(document, lines, [...path, first ?? '']);
    return `${place}there is no key ${[...path, ...names].join('.')}`;
  }
  const place = placeOf(document, lines, path);
  if (keyword === 'pattern') return `${place}${name} has another form`;
  return `${place}${name === '' ? 'the file' : name} ${message}`;
}

/** Anchors are refused: a short file could grow without bound, and a reader could not see what holds. */
function valueOf(document: Document, name: string): unknown {
  try {
    const value: unknown = document.toJS({ maxAliasCount: 0 });
    return value ?? {};
  } catch (error) {
    return refuse(`${name} uses an alias; write the value out`, error);
  }
}

const check = Compile(ConfigurationSchema);

export function parseConfiguration(text: string, name = 'firebreak.yaml'): Configuration {
  if (text.length > LIMITS.requestBytesMax) refuse(`${name} is too large`);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const [broken] = document.errors;
  // Only the first line: the rest quotes the file, which may hold a secret in the wrong place.
  if (broken !== undefined) refuse(`${name}: ${broken.message.split('\n')[0] ?? ''}`);
  const value = valueOf(document, name);
  if (check.Check(value)) return value;
  const problems = check.Errors(value).flatMap((misfit) => describe(document, lines, misfit) ?? []);
  return refuse(`${name}: ${[...new Set(problems)].slice(0, 5).join('; ')}`);
}

export function loadConfiguration(file: string, text: string): LoadedConfiguration {
  return { values: parseConfiguration(text, file), directory: dirname(resolve(file)) };
}

/** The schema takes days and smaller units only, so the length is exact. */
export function durationMs(text: string): number {
  return Temporal.Duration.from(text).total('milliseconds');
}
