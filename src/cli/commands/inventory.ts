import { createReadStream, readFileSync, statSync } from 'node:fs';
import { Readable } from 'node:stream';
import type { IdentitiesAnswer, ImportAnswer, LookupAnswer } from '../../api/contract/index.ts';
import { FirebreakError, messageOf } from '../../kernel/index.ts';
import type { RequestBody } from '../client.ts';
import { oneOf, place, wholeNumber, type Call, type Command } from '../command.ts';
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
  return await call.client().ask<LookupAnswer>('/v1/lookup', { query: { ref } });
}

function refsText(refs: readonly { system: string; type: string; value: string }[]): string {
  return refs.map(({ system, type, value }) => `${system}:${type}:${value}`).join('\n');
}

/** What holds for both roles is said once. */
function doubtsOf(flags: LookupAnswer['card']['flags']): readonly (readonly string[])[] {
  const said = new Map<string, readonly string[]>();
  for (const { flag, why } of flags) said.set(`${flag} ${why}`, [`  ${flag}`, why]);
  return [...said.values()];
}

function identityText({ io }: Call, answer: LookupAnswer): string {
  const { identity, credentials, owners, orphan, restrictions, incidents, credential } = answer;
  const rows = [
    ['id', identity.id],
    ['kind', identity.kind],
    ['target', identity.target],
    ['environment', identity.environment ?? 'not known'],
    ...(identity.tenant === null ? [] : [['tenant', identity.tenant]]),
    ...(identity.operator === null ? [] : [['operated by', identity.operator]]),
    ['purpose', identity.purpose ?? 'not known'],
    ...(credential === null ? [] : [['found by', `${credential.kind} ${credential.id}`]]),
    ...refsText(identity.refs)
      .split('\n')
      .map((ref) => ['known as', ref]),
  ];
  const ownerRows = owners.flatMap(({ role, name, contact, why, alternates }) => [
    [`  ${role}`, name, contact ?? '', why],
    ...alternates.map((other) => ['', `or ${other.name}`, '', other.why]),
  ]);
  const credentialRows = credentials.map(({ id, kind, refs, lastUsedAt }) => [
    `  ${kind}`,
    id,
    refsText(refs).replaceAll('\n', ' '),
    lastUsedAt === null ? '' : `used ${lastUsedAt}`,
  ]);
  const parts = [
    `${paint(io, 'bold', plain(identity.name))}\n${table(rows)}`,
    `\nOwners${orphan ? ': nobody who exists' : ''}\n${table(ownerRows)}`,
    `\nCredentials\n${credentials.length === 0 ? '  none known\n' : table(credentialRows)}`,
  ];
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

export const identityList: Command = {
  name: 'identity list',
  summary: 'identities of the inventory',
  places: [],
  remote: true,
  options: [
    { name: 'text', value: 'TEXT', text: 'only those whose name holds it' },
    { name: 'limit', value: 'N', text: 'rows at most; 100 by default' },
    { name: 'cursor', value: 'ID', text: 'go on after this one' },
    { name: 'sort', value: 'ORDER', text: 'id (the default) or risk, the highest first' },
    { name: 'kind', value: 'KIND', text: 'only those of this kind' },
    { name: 'environment', value: 'E', text: 'only those of this environment' },
    { name: 'owner-state', value: 'S', text: 'owned, orphan, departed, contested or stale' },
  ],
  run: async (call) => {
    const query = {
      text: call.option('text'),
      limit: wholeNumber(call, 'limit'),
      cursor: call.option('cursor'),
      sort: call.option('sort'),
      kind: call.option('kind'),
      environment: call.option('environment'),
      ownerState: call.option('owner-state'),
    };
    const answer = await call.client().ask<IdentitiesAnswer>('/v1/identities', { query });
    call.answer(answer, () => {
      const rows = answer.identities.map(({ id, name, kind, target, environment }) => [
        id,
        name,
        kind,
        target,
        environment ?? '',
      ]);
      const more = answer.cursor === null ? '' : `more: --cursor ${answer.cursor}\n`;
      const none = 'no identities; import some with `firebreak import FILE`\n';
      return rows.length === 0 ? none : `${table(rows)}${more}`;
    });
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
      return `${table(rows)}${table(rejected)}${remedy}in ${duration(call.io.nowMs() - begunMs)}\n`;
    });
    return files.some(({ rejectedCount }) => rejectedCount > 0) ? 1 : 0;
  },
};
