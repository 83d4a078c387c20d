import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { FirebreakError, messageOf, type LogLevel, type Secret } from '../kernel/index.ts';
import {
  DEFAULT_SETTINGS,
  type Handovers,
  type ResponseSettings,
  type RotationSettings,
} from '../response/index.ts';
import type { ProviderSettings } from '../people/index.ts';
import type { SignalSource } from '../signals/index.ts';
import type { StorePlace } from '../store/index.ts';
import { connectorSetting, type ConnectorSetting } from './connector-settings.ts';
import { durationMs, loadConfiguration, type Configuration } from './configuration.ts';
import { reveal } from '../kernel/index.ts';
import { handoversFrom } from './handover-settings.ts';
import { providersFrom } from './people-settings.ts';
import { readSecret } from './secrets.ts';
import { STARTER_CHARTER, STARTER_ROSTER } from './starter-charter.ts';

/** Everything a server needs to know: files read, references resolved, defaults filled in. */
export interface ServerSettings {
  readonly host: string;
  readonly port: number;
  readonly publicUrl: string | null;
  readonly trustedProxies: readonly string[];
  /** The data directory, absolute. */
  readonly data: string;
  readonly place: StorePlace;
  readonly master: Secret | null;
  readonly origin: string | null;
  readonly charter: string;
  readonly roster: string;
  /** Where the roster file lies: its calendars are named from there. */
  readonly rosterDirectory: string;
  /** Null = the starter charter is in force. */
  readonly charterFile: string | null;
  readonly sources: readonly SignalSource[];
  readonly connectors: readonly ConnectorSetting[];
  /** Null = pages go to the log. */
  readonly paging: { readonly webhook: string; readonly secret: Secret } | null;
  readonly whenStale: 'strict' | 'last-known';
  readonly response: ResponseSettings;
  readonly handovers: Handovers;
  readonly rotation: Partial<RotationSettings>;
  /** OpenID providers that sign people in. */
  readonly providers: readonly ProviderSettings[];
  readonly logLevel: LogLevel;
}

/** What the command line says; it wins over the file. */
export interface ServerOptions {
  readonly config?: string;
  readonly data?: string;
  readonly host?: string;
  readonly port?: number;
  /** `sqlite`, or a PostgreSQL URL. */
  readonly store?: string;
}

const PORT = 7470;
const HOST = 'localhost';
const DATA = '.firebreak';

function refuse(problem: string, cause?: unknown): never {
  throw new FirebreakError('configuration-invalid', { problem }, cause);
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    return refuse(`${file} cannot be read (${messageOf(error)})`, error);
  }
}

function placeFrom(text: string, data: string): StorePlace {
  if (text === 'sqlite') return { sqlite: data };
  if (/^postgres(?:ql)?:\/\//u.test(text)) return text;
  return refuse('the store is `sqlite` or a URL that begins with postgres://');
}

function responseFrom(values: NonNullable<Configuration['response']>): ResponseSettings {
  const { denialsWanted, reapplyMax, ...lengths } = values;
  const inMs = Object.entries(lengths).map(([name, length]) => [
    name.endsWith('Max') ? `${name.slice(0, -'Max'.length)}MsMax` : `${name}Ms`,
    durationMs(length),
  ]);
  return {
    ...DEFAULT_SETTINGS,
    ...Object.fromEntries(inMs),
    ...(denialsWanted === undefined ? {} : { denialsWanted }),
    ...(reapplyMax === undefined ? {} : { reapplyMax }),
  };
}

function rotationFrom(values: NonNullable<Configuration['rotation']>): Partial<RotationSettings> {
  return Object.fromEntries(
    Object.entries(values).map(([name, length]) => [`${name}Ms`, durationMs(length)]),
  );
}

function sourcesFrom(values: Configuration, directory: string): readonly SignalSource[] {
  const names = new Set<string>();
  return (values.sources ?? []).map(({ secret, ...source }) => {
    if (names.has(source.name)) refuse(`sources: ${source.name} is named twice`);
    names.add(source.name);
    if (source.identityProvider === true && secret === undefined)
      refuse(`sources: ${source.name} is an identity provider and has no secret to sign with`);
    return secret === undefined ? source : { ...source, secret: readSecret(secret, directory) };
  });
}

function connectorsFrom(values: Configuration, directory: string): readonly ConnectorSetting[] {
  const targets = new Set<string>();
  return (values.connectors ?? []).map((connector) => {
    if (targets.has(connector.target)) refuse(`connectors: ${connector.target} is named twice`);
    targets.add(connector.target);
    return connectorSetting(connector, (reference) => readSecret(reference, directory));
  });
}

function charterFrom(
  values: Configuration,
  directory: string,
): Pick<ServerSettings, 'charter' | 'roster' | 'rosterDirectory' | 'charterFile'> {
  const { charter, roster } = values;
  if (charter === undefined && roster === undefined) {
    const starter = { charter: STARTER_CHARTER, roster: STARTER_ROSTER, charterFile: null };
    return { ...starter, rosterDirectory: directory };
  }
  if (charter === undefined || roster === undefined)
    return refuse('charter and roster come together');
  const charterFile = resolve(directory, charter);
  return {
    charter: readText(charterFile),
    roster: readText(resolve(directory, roster)),
    rosterDirectory: dirname(resolve(directory, roster)),
    charterFile,
  };
}

function storeFrom(options: ServerOptions, values: Configuration, directory: string): string {
  if (options.store !== undefined) return options.store;
  const { store = 'sqlite' } = values;
  return store === 'sqlite' ? store : reveal(readSecret(store, directory));
}

function pagingFrom({ paging }: Configuration, directory: string): ServerSettings['paging'] {
  if (paging === undefined) return null;
  return { webhook: paging.webhook, secret: readSecret(paging.secret, directory) };
}

/** Relative paths of the file start at the file, those of the command line at the working directory. */
export function resolveSettings(options: ServerOptions): ServerSettings {
  const { config } = options;
  const loaded =
    config === undefined
      ? { values: {}, directory: process.cwd() }
      : loadConfiguration(config, readText(config));
  // A file may leave out everything; an empty object is a configuration.
  const values: Configuration = loaded.values;
  const { directory } = loaded;
  const { server = {}, keys = {} } = values;
  const data =
    options.data === undefined ? resolve(directory, values.data ?? DATA) : resolve(options.data);
  return {
    host: options.host ?? server.host ?? HOST,
    port: options.port ?? server.port ?? PORT,
    publicUrl: server.publicUrl ?? null,
    trustedProxies: server.trustedProxies ?? [],
    data,
    place: placeFrom(storeFrom(options, values, directory), data),
    master: keys.master === undefined ? null : readSecret(keys.master, directory),
    origin: keys.origin ?? null,
    ...charterFrom(values, directory),
    sources: sourcesFrom(values, directory),
    connectors: connectorsFrom(values, directory),
    paging: pagingFrom(values, directory),
    whenStale: values.gate?.whenStale ?? 'last-known',
    response: responseFrom(values.response ?? {}),
    handovers: handoversFrom(values.handover, directory),
    rotation: rotationFrom(values.rotation ?? {}),
    providers: providersFrom(values.people, (text) => readSecret(text, directory), refuse),
    logLevel: values.log?.level ?? 'info',
  };
}
