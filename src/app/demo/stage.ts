import type { Scope } from '../../api/contract/index.ts';
import { type Clock, Secret } from '../../kernel/index.ts';
import type { RunningServer } from '../server.ts';
import { NORTHLAKE_PEOPLE } from '../northlake-charter.ts';
import { callJson, type Send } from './http.ts';
import type { DemoOrganisation } from './organisation.ts';
import type { Stage } from './scenarios.ts';
import type { Teller } from './tell.ts';

const SCENARIO_MS_MAX = 40_000;
const TOKEN_MS = 3_600_000;

/** The server, the world and the people of a demo, ready to play on. */
export async function setStage(
  running: RunningServer,
  organisation: DemoOrganisation,
  clock: Clock,
  tell: Teller,
): Promise<Stage> {
  const speakAs = async (person: string, scopes: readonly Scope[]): Promise<Send> => {
    const token = await issueToken(running, person, scopes);
    return (method, path, body) => callJson(running.url, token, method, path, body);
  };
  return {
    serverUrl: running.url,
    api: await speakAs(NORTHLAKE_PEOPLE.responder, ['read', 'respond']),
    restorer: await speakAs(NORTHLAKE_PEOPLE.restorer, ['read', 'respond', 'decide']),
    world: organisation.world.admin,
    scanner: organisation.scanner,
    detector: organisation.detector,
    owner: organisation.owner,
    clock,
    tell,
    timeoutMs: SCENARIO_MS_MAX,
    told: new Map(),
  };
}

async function issueToken(
  running: RunningServer,
  person: string,
  scopes: readonly Scope[],
): Promise<Secret> {
  const nowMs = running.parts.clock.nowMs();
  // A name of its own: the token of an earlier start may still be in use.
  const order = { name: `demo-${person}-${nowMs}`, scopes, person, expiresAtMs: nowMs + TOKEN_MS };
  const issued = await running.parts.tokens.create(order, 'demo');
  return new Secret(issued.text);
}
