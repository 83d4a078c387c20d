import type { TSchema } from 'typebox';
import type { Section } from './schema.ts';

/** A JSON Schema as editors read it: the very one that the loader walks. */
export interface PublishedSchema {
  readonly $schema: string;
  readonly $id: string;
  readonly title: string;
  readonly description: string;
  readonly type: 'object';
  readonly properties: Readonly<Record<string, TSchema>>;
  readonly required: readonly string[];
  readonly additionalProperties: false;
}

export function publishSchema(
  name: string,
  description: string,
  sections: Readonly<Record<string, Section>>,
): PublishedSchema {
  const entries = Object.entries(sections);
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: `urn:firebreak:schema:${name}:1`,
    title: `${name}.yaml`,
    description,
    type: 'object',
    properties: Object.fromEntries(entries.map(([section, { schema }]) => [section, schema])),
    required: entries.flatMap(([section, { required }]) => (required ? [section] : [])),
    additionalProperties: false,
  };
}
