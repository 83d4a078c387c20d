import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isMap, parse, parseDocument } from 'yaml';
import { loadCharter } from './charter/charter.ts';
import { askWho, type Told } from './resolution/question.ts';
import { DECISION_KINDS } from './model.ts';
import { proveCoverage } from './prover/prove.ts';
import { checkRosterFits, loadRoster } from './roster/roster.ts';
import { withCalendars } from './roster/sources.ts';
import { templateFiles } from './templates/templates.ts';

// Every trap of docs/authority/traps.md: its fragment goes into the template, and the answer shown is the answer given.

const PAGE = readFileSync(new URL('../../docs/authority/traps.md', import.meta.url), 'utf8');
const TEMPLATE = templateFiles('start-up');

interface Block {
  readonly language: string;
  /** The words after the language: what it is for. */
  readonly about: string;
  readonly text: string;
}

function blocksOf(section: string): readonly Block[] {
  const fences = section.matchAll(/^```(\w+)(?: ([^\n]*))?\n([\s\S]*?)^```$/gmu);
  return [...fences].map(([, language = '', about = '', text = '']) => ({ language, about, text }));
}

const TRAPS = PAGE.split(/^## /mu)
  .slice(1)
  .map((section) => {
    const [title = '', ...rest] = section.split('\n');
    return { title, blocks: blocksOf(rest.join('\n')) };
  })
  .filter(({ blocks }) => blocks.length > 0);

/** What the fragment says takes the place of what the template says; rights are told apart by their names. */
function merged(text: string, fragment: string): string {
  const document = parseDocument(text);
  for (const [section, value] of Object.entries(parse(fragment) ?? {})) {
    const before: unknown = document.get(section, true);
    if (section === 'rights') mergeRights(document, value);
    else if (isMap(before)) {
      for (const [name, inner] of Object.entries(Object(value))) {
        document.setIn([section, name], document.createNode(inner));
      }
    } else document.set(section, document.createNode(value));
  }
  return document.toString();
}

function mergeRights(document: ReturnType<typeof parseDocument>, value: unknown): void {
  const known: readonly { readonly id: string }[] = document.toJS().rights;
  for (const right of Array.isArray(value) ? value : []) {
    const at = known.findIndex(({ id }) => id === right.id);
    expect(at, `right ${right.id}`).toBeGreaterThanOrEqual(0);
    for (const [member, inner] of Object.entries(right)) {
      document.setIn(['rights', at, member], document.createNode(inner));
    }
  }
}

interface Files {
  readonly charter: string;
  readonly roster: string;
}

function written(files: Files, blocks: readonly Block[]): Files {
  const into = (name: keyof Files, before: string): string =>
    blocks.reduce(
      (text, { about, text: more }) => (about.startsWith(name) ? merged(text, more) : text),
      before,
    );
  return { charter: into('charter', files.charter), roster: into('roster', files.roster) };
}

/** What `charter prove` or `charter who` would say, one line each. */
function answer(
  { charter: text, roster: people }: Files,
  calendar: string | null,
  question: string,
): string {
  const [charter, written] = [loadCharter(text), loadRoster(people)];
  checkRosterFits(charter, written);
  const words = question.split(' ');
  const value = (name: string): string => words[words.indexOf(`--${name}`) + 1] ?? '';
  const atMs = Date.parse(value('at'));
  const roster = withCalendars(written, atMs, () =>
    calendar !== null && words.includes('--hours-old')
      ? { ok: true, text: calendar, asOfMs: atMs - Number(value('hours-old')) * 3_600_000 }
      : { ok: false, problem: 'it did not answer' },
  );
  if (words[0] === 'prove') {
    const fromMs = Date.parse(value('from'));
    const proof = proveCoverage({ charter, roster, fromMs, untilMs: Date.parse(value('until')) });
    const found = words.includes('--check')
      ? [...proof.gaps, ...proof.notices].filter(({ check }) => check === value('check'))
      : proof.gaps;
    const shown = found.map(
      ({ check, severity, from, until, cause, remedy }) =>
        `${severity} ${check}, ${from.slice(0, 16)}Z to ${until.slice(0, 16)}Z\n  ${cause}\n  ${remedy}\n`,
    );
    return shown.length === 0 ? 'no gap\n' : shown.join('');
  }
  const decision = DECISION_KINDS.find((kind) => kind === value('decision')) ?? 'contain';
  const [acted, first] = words.includes('--after') ? value('after').split(':') : [];
  const told: Told = {
    severity: 'sev2',
    signalTypes: ['credential-exposed'],
    authenticity: 'signed',
    confidence: 'strong',
    sources: 1,
    ...(words.includes('--exercise-while-live')
      ? { exercise: { busyWithLive: value('exercise-while-live').split(',') } }
      : {}),
    ...(first === 'contain' && acted !== undefined
      ? { acted: [{ person: acted, decision: 'contain' as const, role: 'decide' as const }] }
      : {}),
  };
  const asked = { decision, atMs, told, suspects: [], without: [] };
  const found = askWho(charter, roster, asked);
  return found.ok ? `${(found.resolution.explanation ?? []).join('\n')}\n` : `${found.problem}\n`;
}

describe.each(TRAPS)('$title', ({ blocks }) => {
  it('is answered as the page says, and closed by the repair that it shows', () => {
    let files: Files = TEMPLATE;
    let question = '';
    let calendar: string | null = null;
    let answers = 0;
    for (const block of blocks) {
      if (block.language === 'yaml') files = written(files, [block]);
      if (block.language === 'ics') calendar = block.text;
      if (block.language !== 'text') continue;
      question = block.about === '' ? question : block.about;
      answers += 1;
      expect(answer(files, calendar, question)).toBe(block.text);
    }
    expect(answers).toBeGreaterThan(1);
  });
});

it('there is an example of every trap', () => {
  expect(TRAPS.map(({ title }) => title)).toHaveLength(6);
});
