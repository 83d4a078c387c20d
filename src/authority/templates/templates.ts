import { readFileSync } from 'node:fs';

/** What an organisation can begin with; each passes the check and the prover as it is. */
export const CHARTER_TEMPLATES = ['start-up', 'mid-size', 'regulated'] as const;
export type CharterTemplate = (typeof CHARTER_TEMPLATES)[number];

export interface TemplateFiles {
  readonly charter: string;
  readonly roster: string;
}

export function templateFiles(name: CharterTemplate): TemplateFiles {
  const read = (file: string): string =>
    readFileSync(new URL(`${name}/${file}`, import.meta.url), 'utf8');
  return { charter: read('charter.yaml'), roster: read('roster.yaml') };
}
