import { isScalar, parseDocument, visit } from 'yaml';
import { firstRepeat, LIMITS, messageOf } from '../../kernel/index.ts';

const NAME_SHOWN_MAX = 60;

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

/** A name that one mapping has twice; names that are no plain words are told apart by the parser's own values. */
function repeatedName(document: ReturnType<typeof parseDocument>): string | null {
  let found: string | null = null;
  visit(document, {
    Map: (_, { items }) => {
      const names = items.flatMap(({ key }) => (isScalar(key) ? [String(key.value)] : []));
      found = names[firstRepeat(names)] ?? null;
      return found === null ? undefined : visit.BREAK;
    },
  });
  return found;
}

/** One document. Aliases are bounded: a few lines of them can stand for gigabytes. */
export function parseYaml(text: string): ParsedYaml {
  if (text.length > LIMITS.catalogDocumentBytesMax) {
    return { ok: false, problem: `longer than ${LIMITS.catalogDocumentBytesMax} characters` };
  }
  if (isDeep(text)) return { ok: false, problem: `nested deeper than ${LIMITS.yamlDepthMax}` };
  try {
    const document = parseDocument(text, { schema: 'core', uniqueKeys: false });
    const [broken] = document.errors;
    if (broken !== undefined) throw broken;
    const repeated = repeatedName(document);
    if (repeated !== null) {
      return { ok: false, problem: `one mapping has ${repeated.slice(0, NAME_SHOWN_MAX)} twice` };
    }
    const value: unknown = document.toJS({ maxAliasCount: LIMITS.yamlAliasesMax });
    return { ok: true, value };
  } catch (error) {
    // Its first line names the fault; the rest quotes the text, which may hold anything.
    const problem = messageOf(error).split('\n')[0]?.slice(0, 200) ?? '';
    return { ok: false, problem: problem === '' ? 'it cannot be parsed' : problem };
  }
}
