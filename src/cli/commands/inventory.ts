import { createReadStream, readFileSync, statSync } from 'node:fs';
import { Readable } from 'node:stream';
import type { IdentitiesAnswer, ImportAnswer, LookupAnswer } from '../../api/contract/index.ts';
import { FirebreakError, messageOf } from '../../kernel/index.ts';
import { ProblemAnswer, type RequestBody } from '../client.ts';
import { oneOf, place, type Call, type Command } from '../command.ts';
import { duration, paint, plain, table } from '../text.ts';

const SECRET_STDIN = {
  name: 'secret-stdin',
  text: 'find it by the secret itself, read from standard input',
} as const;

export async function lookUp(call: Call): Promise<LookupAnswer> {
  if (call.flag('secret-stdin')) {
    if (call.places.length > 0) call.usage('give REF or --secret-stdin, not both');
    const secret = (await call.io.readInput()).replace(/\r?\n$/u, '');
    const request = { method: 'POST', body: { secret } } as const;
    return await call.client().ask<LookupAnswer>('/v1/lookup', request);
  }
  const ref = call.places[0] ?? call.usage('REF is missing');
  const client = call.client();
  try {
    return await client.ask<LookupAnswer>('/v1/lookup', { query: { ref } });
  } catch (error) {
    const id = error instanceof ProblemAnswer ? await idOfName(call, ref, error) : null;
    if (id === null) throw error;
    return await client.ask<LookupAnswer>('/v1/lookup', { query: { ref: id } });
  }
}

const NAMES_SHOWN = 10;

/**
 * A person has a name where an alert has a reference. The one identity of that name is meant; of several, or of names
 * that only hold it, the person chooses. Nothing is cut by a name: `contain` takes references alone.
 */
async function idOfName(call: Call, name: string, error: ProblemAnswer): Promise<string | null> {
  if (error.problem.code !== 'identity-unknown' || name.length > NAME_MAX) return null;
  const query = { text: name, limit: NAMES_SHOWN };
  const { identities } = await call.client().ask<IdentitiesAnswer>('/v1/identities', { query });
  const [first, ...others] = identities.filter((one) => one.name === name);
  if (first !== undefined && others.length === 0) return first.id;
  if (identities.length === 0) return null;
  const rows = identities.map((one) => [
    `  ${one.id}`,
    one.name,
    one.target,
    one.environment ?? '',
  ]);
  call.io.err(
    `These speak of ${plain(name)}; repeat with the id of the one you mean\n${table(rows)}`,
  );
  return null;
}

const NAME_MAX = 200;

function refsText(refs: readonly { system: string; type: string; value: string }[]): string {
  return refs.map(({ system, type, value }) => `${system}:${type}:${value}`).join('\n');
}

/** What holds for both roles is said once. */
function doubtsOf(flags: LookupAnswer['card']['flags']): readonly (readonly string[])[] {
  const said = new Map<string, readonly string[]>();
  for (const { flag, why } of flags) said.set(`${flag} ${why}`, [`  ${flag}`, why]);
  return [...said.values()];
}

function endText({ expiresAt, gone }: LookupAnswer['credentials'][number], nowMs: number): string {
  if (gone !== null) return `gone since ${gone.at}`;
  if (expiresAt === null) return 'no end known';
  return Date.parse(expiresAt) <= nowMs ? `ended ${expiresAt}` : `ends ${expiresAt}`;
}

const SCOPES_SHOWN = 8;

function scopesText(scopes: readonly string[]): string {
  if (scopes.length === 0) return '';
  const rest = scopes.length - SCOPES_SHOWN;
  const more = rest > 0 ? ` and ${rest} more` : '';
  return `may ${scopes.slice(0, SCOPES_SHOWN).join(' ')}${more}`;
}

/** What the dependency map says, in the words of a person who has one minute. */
function aroundText({ map, reach, collateral, workloads, services }: LookupAnswer['card']): string {
  if (map === 'loading' || reach === null) {
    return 'The dependency map is still being read: what it reaches and what a cut breaks is not known yet.\n';
  }
  const more = (isPart: boolean): string => (isPart ? ' at least' : '');
  const production = reach.reachesProduction ? ', production among it' : '';
  const { known, inferred, unknown } = collateral;
  const names = (some: readonly { readonly name: string }[]): string =>
    some.map(({ name }) => name).join(', ');
  const rows = [
    [
      'reaches',
      `${reach.reachedCount}${more(reach.isPart)}, ${reach.criticalServiceCount} critical services${production}`,
    ],
    [
      'a cut breaks',
      `${known} known, ${inferred} inferred, ${unknown} unknown consumers; ${collateral.services} services${more(collateral.isPart)}`,
    ],
    ...(workloads.length === 0 ? [] : [['workloads', names(workloads)]]),
    ...(services.length === 0 ? [] : [['services', names(services)]]),
  ];
  return table(rows);
}

function factRows({ identity, credential }: LookupAnswer): readonly (readonly string[])[] {
  return [
    ['id', identity.id],
    ['kind', identity.kind],
    ['target', identity.target],
    ['environment', identity.environment ?? 'not known'],
    ...(identity.tenant === null ? [] : [['tenant', identity.tenant]]),
    ...(identity.operator === null ? [] : [['operated by', identity.operator]]),
    ['purpose', identity.purpose ?? 'not known'],
    ...(identity.jurisdiction === null ? [] : [['jurisdiction', identity.jurisdiction]]),
    ...(identity.exposure === null ? [] : [['usable from', identity.exposure]]),
    [
      'rotation',
      identity.rotationDays === null ? 'no policy' : `every ${identity.rotationDays} days`,
    ],
    ...(identity.gone === null
      ? []
      : [['GONE', `${identity.gone.source} no longer reports it, since ${identity.gone.at}`]]),
    ...(credential === null ? [] : [['found by', `${credential.kind} ${credential.id}`]]),
    ...refsText(identity.refs)
      .split('\n')
      .map((ref) => ['known as', ref]),
  ];
}

function identityText({ io }: Call, answer: LookupAnswer): string {
  const { identity, credentials, owners, orphan, restrictions, incidents } = answer;
  const ownerRows = owners.flatMap(({ role, name, contact, why, alternates }) => [
    [`  ${role}`, name, contact ?? '', why],
    ...alternates.map((other) => ['', `or ${other.name}`, '', other.why]),
  ]);
  const credentialRows = credentials.map((one) => [
    `  ${one.kind}`,
    one.id,
    refsText(one.refs).replaceAll('\n', ' '),
    one.lastUsedAt === null ? 'last use not known' : `used ${one.lastUsedAt}`,
    endText(one, io.nowMs()),
    scopesText(one.scopes),
  ]);
  const parts = [
    `${paint(io, 'bold', plain(identity.name))}\n${table(factRows(answer))}`,
    `\nOwners${orphan ? ': nobody who exists' : ''}\n${table(ownerRows)}`,
    `\nCredentials\n${credentials.length === 0 ? '  none known\n' : table(credentialRows)}`,
  ];
  parts.push(`\n${aroundText(answer.card)}`);
  const { risk, privileges, flags, proposedOwner } = answer.card;
  const riskRows = risk.contributions.map(({ name, points, why }) => [
    `  ${name}`,
    `${points}`,
    why,
  ]);
  parts.push(`\nRisk ${risk.score} of 100\n${table(riskRows)}`);
  const doubts = [
    ...doubtsOf(flags),
    ...(proposedOwner === null
      ? []
      : [['  proposed', `${proposedOwner.name}: ${proposedOwner.why}`]]),
    ...privileges.map(({ why, unused }) => ['  privileges', `${why}: ${unused.join(' ')}`]),
  ];
  if (doubts.length > 0) parts.push(`\nTo look at\n${table(doubts)}`);
  if (restrictions.length > 0) {
    const effects = restrictions.map(({ effect, reason }) => [
      `  ${String(effect)}`,
      String(reason),
    ]);
    parts.push(`\nRestricted now\n${table(effects)}`);
  }
  if (incidents.length > 0) {
    const known = incidents.map(({ id, title }) => [`  ${String(id)}`, String(title)]);
    parts.push(`\nIncidents\n${table(known)}`);
  }
  const { revision, oldestEdgeAt } = answer.card;
  const age = oldestEdgeAt === null ? '' : `, oldest knowledge of its consumers of ${oldestEdgeAt}`;
  parts.push(`\nInventory revision ${revision}${age}.\n`);
  return parts.join('');
}

export const identityShow: Command = {
  name: 'identity show',
  summary: 'one identity: who answers for it, what it holds, what holds against it',
  places: ['[REF]'],
  remote: true,
  options: [SECRET_STDIN],
  run: async (call) => {
    const answer = await lookUp(call);
    call.answer(answer, () => identityText(call, answer));
    return 0;
  },
};

const FORMATS = ['auto', 'firebreak', 'backstage', 'csv'] as const;

// table: what a file's name says about its content
const MEDIA_TYPES: readonly (readonly [RegExp, string])[] = [
  [/\.json$/iu, 'application/json'],
  [/\.csv$/iu, 'text/csv'],
  [/\.ya?ml$/iu, 'application/yaml'],
];

function mediaType(file: string, format: string): string {
  // A single JSON document has no lines; told a format, everything else streams.
  if (format === 'csv') return 'text/csv';
  if (format === 'backstage') return 'application/yaml';
  return MEDIA_TYPES.find(([pattern]) => pattern.test(file))?.[1] ?? 'application/x-ndjson';
}

function readable(file: string): void {
  try {
    const found = statSync(file);
    // A pipe is what `<(converter)` and `/dev/stdin` are.
    if (!found.isFile() && !found.isFIFO()) throw new Error('it is neither a file nor a pipe');
  } catch (error) {
    throw new FirebreakError('file-unreadable', { file, problem: messageOf(error) }, error);
  }
}

async function importOne(call: Call, file: string): Promise<ImportAnswer> {
  readable(file);
  const mappingFile = call.option('mapping');
  if (mappingFile !== undefined) readable(mappingFile);
  const format = call.option('format') ?? 'auto';
  if (/\.csv$/iu.test(file) && format === 'auto' && mappingFile === undefined) {
    call.usage('a CSV needs --mapping FILE, which says which column is what');
  }
  const stream = createReadStream(file);
  return await call.client().ask<ImportAnswer>('/v1/inventory/import', {
    method: 'POST',
    query: {
      source: call.option('source'),
      format: call.option('format'),
      mode: call.flag('snapshot') ? 'snapshot' : undefined,
      shrink: call.option('shrink'),
      mapping: mappingFile === undefined ? undefined : readFileSync(mappingFile, 'utf8'),
    },
    raw: {
      // The types of node's web streams and of fetch's differ; the stream is the same.
      content: Readable.toWeb(stream) as unknown as RequestBody,
      type: mediaType(file, format),
    },
  });
}

/** A line that nobody could read may have named it. */
export function keptText(files: readonly ImportAnswer[]): string {
  const kept = files.reduce((sum, one) => sum + one.kept, 0);
  if (kept === 0) return '';
  return `${kept} that the snapshot does not name stay as they are, because lines were rejected. When they are truly gone, repeat with --shrink 1.\n`;
}

export const importFiles: Command = {
  name: 'import',
  summary: 'inventory in; says what was added, changed, gone and rejected',
  places: ['FILE...'],
  remote: true,
  options: [
    {
      name: 'format',
      value: 'F',
      text: 'auto (the default), firebreak (NDJSON, or a .json document), backstage or csv',
    },
    { name: 'mapping', value: 'FILE', text: 'for csv: which column is what, as YAML' },
    { name: 'source', value: 'NAME', text: 'who says so; `import` by default' },
    { name: 'snapshot', text: 'the file is everything the source knows; the rest of it is gone' },
    { name: 'shrink', value: 'SHARE', text: 'the share a snapshot may leave out; 1 = everything' },
  ],
  run: async (call) => {
    oneOf(call, '--format', FORMATS, call.option('format') ?? 'auto');
    place(call, 0);
    const begunMs = call.io.nowMs();
    const files: (ImportAnswer & { readonly file: string })[] = [];
    for (const file of call.places) {
      files.push({ file, ...(await importOne(call, file)) });
    }
    call.answer({ files }, () => {
      const rows = files.map((one) => [
        one.file,
        `${one.added} added`,
        `${one.changed} changed`,
        `${one.unchanged} unchanged`,
        `${one.gone} gone`,
        `${one.pending} pending`,
        `${one.rejectedCount} rejected`,
      ]);
      const rejected = files.flatMap(({ file, rejected: lines }) =>
        lines.map(({ line, problem }) => [`  ${file}:${line}`, problem]),
      );
      const remedy =
        rejected.length === 0
          ? ''
          : 'The rest is imported. Correct these lines and import the file again: what is there is not repeated.\n';
      const isSame = files.every(
        (one) => one.added + one.changed + one.gone + one.rejectedCount === 0,
      );
      const same = isSame ? 'Nothing has changed: all of it was there already.\n' : '';
      return `${table(rows)}${same}${table(rejected)}${remedy}${keptText(files)}in ${duration(call.io.nowMs() - begunMs)}\n`;
    });
    return files.some(({ rejectedCount }) => rejectedCount > 0) ? 1 : 0;
  },
};
