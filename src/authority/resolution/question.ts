import type { Charter } from '../charter/model.ts';
import type { AuthorityFacts, AuthorityResolution, DecisionKind } from '../model.ts';
import type { Roster } from '../roster/model.ts';
import { resolveAuthority } from './resolve.ts';

// What somebody asks who is not in an incident: who would decide, and what would change when somebody or something is
// missing.

/** What the question says; what it does not say is unknown, and the charter says what that means. */
export type Told = Partial<Omit<AuthorityFacts, 'identity' | 'suspects' | 'channelsDown'>> & {
  readonly identity?: Partial<AuthorityFacts['identity']>;
};

export interface WhoQuestion {
  readonly decision: DecisionKind;
  readonly atMs: number;
  readonly told: Told;
  /** People who are marked as suspect. */
  readonly suspects: readonly string[];
  /** People who are away, channels that are down, and what channels depend on. */
  readonly without: readonly string[];
}

/** Nothing is suspected: who would decide, and what could happen without asking, is another question. */
export const NOTHING_SAID: AuthorityFacts = {
  identity: { id: 'unknown', refs: [], kind: 'unknown', tags: [], services: [], operator: null },
  environment: null,
  jurisdiction: null,
  severity: null,
  signalTypes: [],
  authenticity: 'unauthenticated',
  confidence: 'weak',
  sources: 0,
  rehearsedAt: null,
  automaticCuts: [],
  signalSource: 'nobody',
};

export type WhoFound =
  | { readonly ok: true; readonly resolution: AuthorityResolution }
  | { readonly ok: false; readonly problem: string };

/** Every name that `without` may give up. */
function channelNames(charter: Charter): ReadonlySet<string> {
  return new Set([...charter.channels].flatMap(([name, { depends }]) => [name, ...depends]));
}

function awayToo(roster: Roster, people: readonly string[], atMs: number): Roster {
  if (people.length === 0) return roster;
  const away = people.map((person) => ({ person, fromMs: atMs, untilMs: atMs + 1 }));
  return { ...roster, absences: [...roster.absences, ...away] };
}

export function askWho(charter: Charter, roster: Roster, question: WhoQuestion): WhoFound {
  const { told, suspects, without, atMs, decision } = question;
  const stranger = suspects.find((person) => !roster.people.has(person));
  if (stranger !== undefined) {
    return { ok: false, problem: `there is no person ${stranger} in the roster` };
  }
  const channels = channelNames(charter);
  const nothing = without.find((name) => !channels.has(name) && !roster.people.has(name));
  if (nothing !== undefined) {
    const known = [...channels].join(', ') || 'none';
    const problem = `${nothing} is neither a person nor a channel; the channels are ${known}`;
    return { ok: false, problem };
  }
  const facts: AuthorityFacts = {
    ...NOTHING_SAID,
    ...told,
    identity: { ...NOTHING_SAID.identity, ...told.identity },
    suspects: { people: suspects, channels: [] },
    channelsDown: without.filter((name) => channels.has(name)),
  };
  const people = without.filter((name) => roster.people.has(name));
  const present = awayToo(roster, people, atMs);
  return { ok: true, resolution: resolveAuthority(charter, present, facts, decision, atMs) };
}
