import { publishSchema } from './charter/publish.ts';
import { CHARTER_SECTIONS } from './charter/schema.ts';
import { ROSTER_SECTIONS } from './roster/schema.ts';

/** The schemas of docs/schema, for editors and for other programs. */
export const PUBLISHED_SCHEMAS = {
  charter: publishSchema(
    'charter',
    'Decision rights: who may decide what, in which situation, until when, and what happens meanwhile.',
    CHARTER_SECTIONS,
  ),
  roster: publishSchema(
    'roster',
    'Who fills the seats of a charter: people, shifts, absences. Signed and changed separately.',
    ROSTER_SECTIONS,
  ),
} as const;
