import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { renderConfiguration } from '../src/app/index.ts';
import { PUBLISHED_SCHEMAS } from '../src/authority/index.ts';
import { ERROR_TABLE } from '../src/kernel/index.ts';

interface GeneratedDocument {
  readonly path: string;
  readonly render: () => string;
}

function renderErrors(): string {
  const rows = Object.entries(ERROR_TABLE)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(
      ([code, row]) =>
        `## \`${code}\`\n\nStatus ${row.status}: ${escapeMarkdown(row.message)}.\n\n${escapeMarkdown(row.remedy)}\n`,
    );
  return `# Errors

Every error that the server, the command line and the libraries give. The code is part of the interface: it does not
change. Words in braces are facts that are filled in. Over HTTP an error is \`application/problem+json\` with \`code\`,
\`detail\`, \`remedy\` and the facts; on the command line it is one line for the message and one for the remedy.

This page is generated from \`src/kernel/error-table.ts\`.

${rows.join('\n')}`;
}

/** Placeholders such as {file} and FILE stay as they are; only what would be read as markup is escaped. */
function escapeMarkdown(text: string): string {
  return text.replaceAll('<', '\\<').replaceAll('*', '\\*');
}

function renderSchema(name: keyof typeof PUBLISHED_SCHEMAS): string {
  return `${JSON.stringify(PUBLISHED_SCHEMAS[name], null, 2)}\n`;
}

/** Documents that are written from code; the tidy test compares them. */
export const GENERATED: readonly GeneratedDocument[] = [
  { path: 'docs/operating/errors.md', render: renderErrors },
  { path: 'docs/operating/configuration.md', render: renderConfiguration },
  { path: 'docs/schema/charter.schema.json', render: () => renderSchema('charter') },
  { path: 'docs/schema/roster.schema.json', render: () => renderSchema('roster') },
];

function writeAll(root: string): void {
  for (const { path, render } of GENERATED) {
    const file = join(root, path);
    const text = render();
    const isStale = !existsSync(file) || readFileSync(file, 'utf8') !== text;
    mkdirSync(dirname(file), { recursive: true });
    if (isStale) writeFileSync(file, text);
    console.log(`${path}: ${isStale ? 'written' : 'unchanged'}`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeAll(dirname(dirname(fileURLToPath(import.meta.url))));
}
