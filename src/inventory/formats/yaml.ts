import { parse } from 'yaml';
import { LIMITS, messageOf } from '../../kernel/index.ts';

export type ParsedYaml =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly problem: string };

/** Roughly, since texts may hold brackets too: honest documents stay far below the limit. */
function isDeep(text: string): boolean {
  let depth = 0;
  for (const [bracket] of text.matchAll(/[[\]{}]/gu)) {
    depth += bracket === '[' || bracket === '{' ? 1 : -1;
    if (depth > LIMITS.yamlDepthMax) return true;
  }
  return false;
}

/** One document. Aliases are bounded: a few lines of them can stand for gigabytes. */
export function parseYaml(text: string): ParsedYaml {
  if (text.length > LIMITS.catalogDocumentBytesMax) {
    return { ok: false, problem: `longer than ${LIMITS.catalogDocumentBytesMax} characters` };
  }
  if (isDeep(text)) return { ok: false, problem: `nested deeper than ${LIMITS.yamlDepthMax}` };
  try {
    const value: unknown = parse(text, {
      maxAliasCount: LIMITS.yamlAliasesMax,
      logLevel: 'silent',
      schema: 'core',
    });
    return { ok: true, value };
  } catch (error) {
    // Its first line names the fault; the rest quotes the text, which may hold anything.
    const problem = messageOf(error).split('\n')[0]?.slice(0, 200) ?? '';
    return { ok: false, problem: problem === '' ? 'it cannot be parsed' : problem };
  }
}
