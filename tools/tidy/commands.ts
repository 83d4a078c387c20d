import type { SourceFile } from './source.ts';

/** A fenced `sh` block of a document: what a reader would paste into a shell. */
export interface CommandBlock {
  readonly path: string;
  readonly line: number;
  readonly commands: readonly string[];
  /** Marked `# with a server`: its commands need one that runs, or are one. */
  readonly needsServer: boolean;
}

const MARK = '# with a server';

export function commandBlocksOf({ path, text }: SourceFile): readonly CommandBlock[] {
  return [...text.matchAll(/^```sh\n(.*?)^```/gmsu)].map((match) => {
    const lines = (match[1] ?? '').split('\n').map((line) => line.trim());
    return {
      path,
      line: text.slice(0, match.index).split('\n').length,
      commands: lines
        .map((line) => line.replace(/(?:^|\s+)#\s.*$/u, ''))
        .filter((command) => command !== ''),
      needsServer: lines.includes(MARK),
    };
  });
}

/** The script of package.json that a command runs, if it runs one. */
export function npmScriptOf(command: string): string | undefined {
  const match = /^npm (?:run ([\w:-]+)|(start|test))\b/u.exec(command);
  return match?.[1] ?? match?.[2];
}

/** `npx firebreak incident list --json` asks for the help of `incident list`: that much can be tried without a server. */
export function helpOf(command: string): string | undefined {
  const words = /^npx firebreak((?: [a-z][a-z-]*)*)/u.exec(command)?.[1];
  return words === undefined ? undefined : `npx firebreak${words} --help`;
}
