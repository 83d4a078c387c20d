import {
  askWho,
  checkRosterFits,
  DECISION_KINDS,
  loadCharter,
  SEVERITIES,
  type AuthorityResolution,
  type Told,
} from '../authority/index.ts';
import { CONFIDENCES, FirebreakError, SIGNAL_TYPES } from '../kernel/index.ts';
import { readRoster } from './offline-roster.ts';
import { readText } from './offline.ts';

/** The words of the command line; what is not given is unknown. */
export interface WhoWords {
  readonly decision: string;
  readonly at: string;
  readonly identity?: string;
  readonly kind?: string;
  readonly severity?: string;
  readonly environment?: string;
  readonly jurisdiction?: string;
  readonly operator?: string;
  readonly confidence?: string;
  readonly tags: readonly string[];
  readonly services: readonly string[];
  readonly owners: readonly string[];
  readonly signals: readonly string[];
  readonly suspects: readonly string[];
  readonly without: readonly string[];
}

function refuse(problem: string): never {
  throw new FirebreakError('usage-wrong', { problem, command: 'charter who' });
}

function oneOf<Word extends string>(words: readonly Word[], text: string, name: string): Word {
  const known = words.find((word) => word === text);
  return known ?? refuse(`${name} is one of ${words.join(', ')}`);
}

function instantOf(text: string): number {
  const atMs = Date.parse(text);
  // A local time would mean another minute on another machine.
  if (!Number.isFinite(atMs) || !/(?:Z|[+-]\d{2}:\d{2})$/u.test(text)) {
    return refuse('--at is an instant such as 2026-12-01T03:00:00Z');
  }
  return atMs;
}

function toldOf(words: WhoWords): Told {
  const { severity, confidence, identity, signals } = words;
  const said = signals.map((signal) => oneOf(SIGNAL_TYPES, signal, '--signal'));
  return {
    identity: {
      id: identity ?? 'unknown',
      refs: identity === undefined ? [] : [identity],
      kind: words.kind ?? 'unknown',
      tags: words.tags,
      services: words.services,
      operator: words.operator ?? null,
      owners: words.owners.flatMap((name) => [
        { role: 'business', names: [name] } as const,
        { role: 'technical', names: [name] } as const,
      ]),
    },
    environment: words.environment ?? null,
    jurisdiction: words.jurisdiction ?? null,
    severity: severity === undefined ? null : oneOf(SEVERITIES, severity, '--severity'),
    // A signal without further word is the best there is: what could happen at most is asked for.
    ...(said.length === 0
      ? {}
      : {
          signalTypes: said,
          sources: 1,
          authenticity: 'signed' as const,
          confidence:
            confidence === undefined ? 'strong' : oneOf(CONFIDENCES, confidence, '--confidence'),
        }),
  };
}

export function whoDecides(
  charterFile: string,
  rosterFile: string,
  words: WhoWords,
): AuthorityResolution {
  const text = readText(charterFile);
  const charter = loadCharter(text);
  const roster = readRoster(rosterFile);
  checkRosterFits(charter, roster, text);
  const { suspects, without } = words;
  const decision = oneOf(DECISION_KINDS, words.decision, '--decision');
  const question = { decision, atMs: instantOf(words.at), told: toldOf(words), suspects, without };
  const found = askWho(charter, roster, question);
  return found.ok ? found.resolution : refuse(found.problem);
}
