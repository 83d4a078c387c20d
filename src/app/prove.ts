import { readFileSync } from 'node:fs';
import {
  checkRosterFits,
  dependenciesOf,
  linesIn,
  loadCharter,
  type Proof,
  proveCoverage,
} from '../authority/index.ts';
import { FirebreakError, LIMITS, messageOf } from '../kernel/index.ts';
import { readRoster } from './offline-roster.ts';

export interface ProveQuestion {
  readonly charterFile: string;
  readonly rosterFile: string;
  readonly from: string;
  /** `P365D`, `P2W`, `PT36H`. */
  readonly length: string;
  readonly without: readonly string[];
  readonly absent: 0 | 1 | 2;
}

function refuse(problem: string): never {
  throw new FirebreakError('usage-wrong', { problem, command: 'charter prove' });
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new FirebreakError('file-unreadable', { file, problem: messageOf(error) }, error);
  }
}

function lengthMs(text: string): number {
  try {
    const ms = Temporal.Duration.from(text).total({
      unit: 'millisecond',
      relativeTo: '2000-01-01',
    });
    if (ms > 0 && ms <= LIMITS.proofMsMax) return Math.round(ms);
  } catch {
    // Said below, as for one that is too long.
  }
  return refuse(
    `--for takes a duration up to ${LIMITS.proofMsMax / 86_400_000} days, such as P365D`,
  );
}

/** The proof that `charter prove` shows; its files are all that it knows. */
export function proveCharterFiles(question: ProveQuestion): Proof {
  const { without, absent } = question;
  const fromMs = Date.parse(question.from);
  if (!Number.isFinite(fromMs)) return refuse('--from is an instant such as 2026-12-01T00:00:00Z');
  const texts = { charter: readText(question.charterFile), roster: readText(question.rosterFile) };
  const charter = loadCharter(texts.charter);
  const roster = readRoster(question.rosterFile);
  checkRosterFits(charter, roster, texts.charter);
  const known = [...roster.people.keys(), ...dependenciesOf(charter)];
  const strange = without.find((name) => !known.includes(name));
  if (strange !== undefined) {
    return refuse(`there is no person, channel or dependency ${strange} to be without`);
  }
  const untilMs = fromMs + lengthMs(question.length);
  const lineOf = linesIn(texts);
  return proveCoverage({ charter, roster, fromMs, untilMs, without, absent, lineOf });
}
