import type { TSchema } from 'typebox';
import { ConfigurationSchema } from './configuration.ts';

interface Row {
  readonly path: string;
  readonly form: string;
  readonly text: string;
}

/** A schema is plain JSON: its members are looked at, never trusted. */
function member(schema: object, name: string): unknown {
  return Reflect.get(schema, name);
}

function isSchema(value: unknown): value is TSchema {
  return typeof value === 'object' && value !== null;
}

function formOf(schema: object): string {
  const allowed = member(schema, 'enum');
  if (Array.isArray(allowed)) return allowed.map((word) => `\`${String(word)}\``).join(', ');
  if (member(schema, 'anyOf') !== undefined) return '`sqlite` or a reference';
  const pattern = member(schema, 'pattern');
  if (typeof pattern === 'string' && pattern.startsWith('^(?:env:')) return 'reference';
  if (typeof pattern === 'string' && pattern.startsWith('^P')) return 'duration';
  const type = member(schema, 'type');
  if (type === 'integer') {
    return `${String(member(schema, 'minimum'))} to ${String(member(schema, 'maximum'))}`;
  }
  return type === 'string' ? 'text' : type === 'boolean' ? 'true or false' : 'list';
}

function rowsOf(schema: object, path: string): readonly Row[] {
  const text = member(schema, 'description');
  const own = typeof text === 'string' ? [{ path, form: formOf(schema), text }] : [];
  const items = member(schema, 'items');
  if (isSchema(items)) return [...own, ...rowsOf(items, `${path}[]`)];
  const properties = member(schema, 'properties');
  if (!isSchema(properties)) return own;
  const required = member(schema, 'required');
  return Object.entries(properties).flatMap(([name, inner]) => {
    if (!isSchema(inner)) return [];
    const isRequired = path.endsWith('[]') && Array.isArray(required) && required.includes(name);
    const rows = rowsOf(inner, path === '' ? name : `${path}.${name}`);
    return rows.map((row, index) =>
      isRequired && index === 0 ? { ...row, text: `${row.text}. Required` } : row,
    );
  });
}

export function renderConfiguration(): string {
  const rows = rowsOf(ConfigurationSchema, '').map(
    ({ path, form, text }) => `| \`${path}\` | ${form} | ${text.replaceAll('|', '\\|')} |`,
  );
  return `# Configuration

\`firebreak serve --config firebreak.yaml\` reads one file. Every key is optional unless it says otherwise; a key that is
not in this table is an error, with its line. Options of the command line win over the file.

A **reference** is \`env:NAME\` or \`file:PATH\` (relative to the configuration file): secrets never stand in the file
itself. A **duration** is ISO 8601, such as \`PT90S\` or \`P1D\`.

| key | form | meaning |
|---|---|---|
${rows.join('\n')}

An example:

\`\`\`yaml
server: { port: 7470 }
data: ./data
keys: { master: env:FIREBREAK_MASTER_KEY }
charter: charter.yaml
roster: roster.yaml
sources:
  - { name: scanner, secret: env:SCANNER_SECRET, confidenceMax: proven }
response: { probeInterval: PT1S, denialsWanted: 3 }
\`\`\`

This page is generated from \`src/app/configuration.ts\`.
`;
}
