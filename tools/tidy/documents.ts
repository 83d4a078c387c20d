import { posix } from 'node:path';
import type { Finding, SourceFile } from './source.ts';

interface Mention {
  readonly target: string;
  readonly line: number;
}

/** Text outside fenced blocks, with its line numbers. */
function proseOf(text: string): readonly { readonly line: number; readonly text: string }[] {
  let fenced = false;
  return text.split('\n').flatMap((line, index) => {
    if (/^\s*```/u.test(line)) {
      fenced = !fenced;
      return [];
    }
    return fenced ? [] : [{ line: index + 1, text: line }];
  });
}

function linksOf(text: string): readonly Mention[] {
  return proseOf(text).flatMap(({ line, text: prose }) =>
    [...prose.replaceAll(/`[^`]*`/gu, '').matchAll(/\]\(([^)\s]+)(?:\s+"[^"]*")?\)/gu)].map(
      (match) => ({
        target: match[1] ?? '',
        line,
      }),
    ),
  );
}

const TOP_FOLDERS = [
  'src',
  'docs',
  'tools',
  'test',
  'bench',
  'examples',
  'packages',
  'console',
  'bin',
];
const PATH = new RegExp(`^(?:${TOP_FOLDERS.join('|')}|\\.ci)/[\\w./-]+$`, 'u');

/** Paths of this repository named in backticks; patterns and placeholders are left alone. */
function pathsOf(text: string): readonly Mention[] {
  return proseOf(text).flatMap(({ line, text: prose }) =>
    [...prose.matchAll(/`([^`]+)`/gu)]
      .map((match) => match[1] ?? '')
      .filter((code) => PATH.test(code) && !code.includes('NNNN'))
      .map((target) => ({ target, line })),
  );
}

/** How the usual renderers name a heading. */
export function anchorOf(heading: string): string {
  return heading
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(/\s/gu, '-');
}

function anchorsOf(text: string): ReadonlySet<string> {
  return new Set(
    proseOf(text).flatMap(({ text: prose }) => {
      const heading = /^#{1,6}\s+(.*)$/u.exec(prose)?.[1];
      return heading === undefined ? [] : [anchorOf(heading)];
    }),
  );
}

/** `files` is the whole tree: a link may lead to any of them or to a folder. */
export function checkDocumentLinks(files: readonly SourceFile[]): readonly Finding[] {
  const texts = new Map(files.map(({ path, text }) => [path, text]));
  const known = new Set(files.flatMap(({ path }) => [path, ...foldersOf(path)]));
  const findings: Finding[] = [];
  for (const { path, text } of files.filter((file) => file.path.endsWith('.md'))) {
    const report = ({ target, line }: Mention, problem: string): void => {
      const fix = `correct or remove \`${target}\`; links are relative to their document, paths to the root`;
      findings.push({ path, line, rule: 'document', problem, fix });
    };
    for (const link of linksOf(text)) {
      if (/^[a-z][a-z0-9+.-]*:/u.test(link.target)) continue;
      const [file = '', anchor] = link.target.split('#');
      const target = file === '' ? path : posix.join(posix.dirname(path), file).replace(/\/$/u, '');
      const targetText = texts.get(target);
      if (!known.has(target)) report(link, `the link leads to ${target}, which does not exist`);
      else if (
        anchor !== undefined &&
        targetText !== undefined &&
        !anchorsOf(targetText).has(anchor)
      ) {
        report(link, `${target} has no heading #${anchor}`);
      }
    }
    for (const mention of pathsOf(text)) {
      const target = mention.target.replace(/\/$/u, '');
      if (!known.has(target)) report(mention, `${target} does not exist`);
    }
  }
  return findings;
}

function foldersOf(path: string): readonly string[] {
  const folder = posix.dirname(path);
  return folder === '.' ? ['.'] : [folder, ...foldersOf(folder)];
}

/** The folders of a person's machine, and hosts that serve packages: neither means anything to others. */
const MACHINE_PATH =
  /(?:^|[\s"'`(=:])(\/(?:home|Users)\/[\w.-]+|\/root\/[\w.-]+|\/work\/[\w.-]+|[A-Z]:\\Users\\)/u;
const HOST = /\bhttps?:\/\/([\w.-]+)/gu;
const PACKAGE_HOST =
  /(?:^|[.-])(?:registry|npm|npmjs|artifactory|nexus|verdaccio|mirror|proxy)(?:[.-]|$)/u;
const EXAMPLE_HOST =
  /(?:^|\.)(?:example|test|invalid|localhost)$|(?:^|\.)example\.(?:com|org|net)$/u;

export function checkMachineTraces(files: readonly SourceFile[]): readonly Finding[] {
  return files.flatMap(({ path, text }) =>
    text.split('\n').flatMap((content, index) => {
      const trace = MACHINE_PATH.exec(content)?.[1] ?? packageHostOf(content);
      if (trace === undefined) return [];
      const problem = `${trace} exists on one machine only`;
      const fix = 'use a path relative to the root, os.tmpdir(), or a host under .example';
      return [{ path, line: index + 1, rule: 'machine', problem, fix }];
    }),
  );
}

function packageHostOf(content: string): string | undefined {
  return [...content.matchAll(HOST)]
    .map((match) => match[1] ?? '')
    .find((host) => PACKAGE_HOST.test(host) && !EXAMPLE_HOST.test(host));
}

/** Every name must appear in the document that promises to list all of them. */
export function checkListed(
  document: SourceFile | undefined,
  path: string,
  names: readonly string[],
  fix: string,
): readonly Finding[] {
  const text = document?.text ?? '';
  return names
    .filter((name) => !text.includes(`\`${name}\``))
    .map((name) => ({ path, line: 1, rule: 'listed', problem: `\`${name}\` is missing`, fix }));
}
