import { parseModule, type Finding, type Module, type SourceFile } from './source.ts';

/** A tree made of path and text, for trying a rule on what it must find. */
export function plantFiles(texts: Readonly<Record<string, string>>): readonly SourceFile[] {
  return Object.entries(texts).map(([path, text]) => ({ path, text }));
}

export function plantModules(texts: Readonly<Record<string, string>>): readonly Module[] {
  return plantFiles(texts).map(parseModule);
}

/** `path:line` of each finding, for short expectations. */
export function placesOf(findings: readonly Finding[]): readonly string[] {
  return findings.map(({ path, line }) => `${path}:${line}`);
}
