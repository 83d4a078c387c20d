import { createReadStream, statSync } from 'node:fs';
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

function identityText({ io }: Call, answer: LookupAnswer): string {
  const { identity, credentials, owners, orphan, restrictions, incidents, credential } = answer;
  const rows = [
    ['id', identity.id],
    ['kind', identity.kind],
    ['target', identity.target],
    ['environment', identity.environment ?? 'not known'],
    ['purpose', identity.purpose ?? 'not known'],
    ...(credential === null ? [] : [['found by', `${credential.kind} ${credential.id}`]]),
    ...refsText(identity.refs)
      .split('\n')
      .map((ref) => ['known as', ref]),
  ];
  const ownerRows = owners.map(({ role, name, contact, why }) => [
    `  ${role}`,
    name,
    contact ?? '',
    why,
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
  ],
  run: async (call) => {
    const query = {
      text: call.option('text'),
      limit: wholeNumber(call, 'limit'),
      cursor: call.option('cursor'),
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

const FORMATS = ['auto', 'firebreak'] as const;

function mediaType(file: string): string {
  return file.endsWith('.json') ? 'application/json' : 'application/x-ndjson';
}

async function importOne(
  call: Call,
  file: string,
  source: string | undefined,
): Promise<ImportAnswer> {
  try {
    if (!statSync(file).isFile()) throw new Error('it is no file');
  } catch (error) {
    throw new FirebreakError('file-unreadable', { file, problem: messageOf(error) }, error);
  }
  const stream = createReadStream(file);
  return await call.client().ask<ImportAnswer>('/v1/inventory/import', {
    method: 'POST',
    query: { source },
    // The types of node's web streams and of fetch's differ; the stream is the same.
    raw: { content: Readable.toWeb(stream) as unknown as RequestBody, type: mediaType(file) },
  });
}

export const importFiles: Command = {
  name: 'import',
  summary: 'inventory in; says what was added, changed and rejected',
  places: ['FILE...'],
  remote: true,
  options: [
    {
      name: 'format',
      value: 'F',
      text: 'auto (the default) or firebreak: NDJSON, or a .json document',
    },
    { name: 'source', value: 'NAME', text: 'who says so; `import` by default' },
  ],
  run: async (call) => {
    oneOf(call, '--format', FORMATS, call.option('format') ?? 'auto');
    place(call, 0);
    const begunMs = call.io.nowMs();
    const files: (ImportAnswer & { readonly file: string })[] = [];
    for (const file of call.places) {
      files.push({ file, ...(await importOne(call, file, call.option('source'))) });
    }
    call.answer({ files }, () => {
      const rows = files.map(({ file, added, changed, unchanged, rejectedCount }) => [
        file,
        `${added} added`,
        `${changed} changed`,
        `${unchanged} unchanged`,
        `${rejectedCount} rejected`,
      ]);
      const rejected = files.flatMap(({ file, rejected: lines }) =>
        lines.map(({ line, problem }) => [`  ${file}:${line}`, problem]),
      );
      return `${table(rows)}${table(rejected)}in ${duration(call.io.nowMs() - begunMs)}\n`;
    });
    return files.some(({ rejectedCount }) => rejectedCount > 0) ? 1 : 0;
  },
};
