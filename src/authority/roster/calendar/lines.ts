// Content lines of RFC 5545: folded lines joined, names and parameters taken apart.

export interface ContentLine {
  readonly line: number;
  readonly name: string;
  /** Names in capitals, values without quotes. */
  readonly parameters: ReadonlyMap<string, string>;
  readonly value: string;
}

export function* contentLines(text: string): Generator<ContentLine> {
  let parts: string[] = [];
  let startLine = 1;
  let line = 0;
  for (const physical of text.replace(/^\uFEFF/u, '').split(/\r\n|\n|\r/u)) {
    line += 1;
    if (physical.startsWith(' ') || physical.startsWith('\t')) {
      parts.push(physical.slice(1));
      continue;
    }
    const joined = parts.join('');
    if (joined !== '') yield contentLine(joined, startLine);
    parts = [physical];
    startLine = line;
  }
  const last = parts.join('');
  if (last !== '') yield contentLine(last, startLine);
}

/** Colons and semicolons within quotes belong to a parameter. */
function contentLine(text: string, line: number): ContentLine {
  const pieces: string[] = [];
  let quoted = false;
  let from = 0;
  let colon = text.length;
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at];
    if (sign === '"') quoted = !quoted;
    if (quoted || (sign !== ';' && sign !== ':')) continue;
    pieces.push(text.slice(from, at));
    from = at + 1;
    if (sign !== ':') continue;
    colon = at;
    break;
  }
  const [name = '', ...rest] = pieces;
  const parameters = new Map<string, string>();
  for (const piece of rest) {
    const equals = piece.indexOf('=');
    const value = piece.slice(equals + 1).replaceAll('"', '');
    if (equals > 0) parameters.set(piece.slice(0, equals).toUpperCase(), value);
  }
  return { line, name: name.toUpperCase(), parameters, value: text.slice(colon + 1) };
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', N: '\n' };

export function unescapeText(text: string): string {
  return text.replaceAll(/\\(?<sign>.)/gsu, (_, sign: string) => ESCAPES[sign] ?? sign);
}
