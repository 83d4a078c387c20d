import { createServer, createTokens, type Scope, type Server } from '../../../src/api/index.ts';
import { createRules } from '../../../src/app/index.ts';
import { createLog, Secret, type Log } from '../../../src/kernel/index.ts';
import { createPeople, type People } from '../../../src/people/index.ts';
import { countCuts } from '../../../src/response/index.ts';
import { cleanUp } from '../../../src/store/testing.ts';
import type { Story } from './story.ts';

/** The edge of a story's node, asked without a socket. */
export interface Edge {
  readonly server: Server;
  readonly people: People;
  /** Of an administrator, as text: the only time it is shown. */
  readonly token: string;
  readonly tokenOf: (person: string) => Promise<string>;
}

const EVERYTHING: readonly Scope[] = ['read', 'respond', 'decide', 'admin'];

export async function openEdge(story: Story, log: Log): Promise<Edge> {
  const { engine, clock, store } = story;
  const { ledger, ids, response } = engine;
  const tokens = createTokens({ store, ledger, clock, ids });
  cleanUp(tokens.stop);
  const rules = createRules(engine.authority, response);
  const key = new Secret('what the people of a story are sealed with');
  const people = createPeople({ store, ledger, clock, ids, log, rules, key });
  const server = await createServer({
    ...engine,
    tokens,
    people,
    clock,
    log,
    version: '0.0.0-story',
    follow: response.follow,
    readiness: [],
    storeStatistics: store.statistics,
    cutCounts: () => countCuts(store),
    settings: { publicUrl: null, trustedProxies: [], consoleDirectory: null },
  });
  cleanUp(() => server.close(0));
  const tokenOf = async (person: string): Promise<string> => {
    const name = ids.next('token');
    return (await tokens.create({ name, scopes: EVERYTHING, person }, 'story')).text;
  };
  return { server, people, token: await tokenOf('mia'), tokenOf };
}

/** Everything that is logged, at the level that says most. */
export function openBook(): { readonly log: Log; readonly text: () => string } {
  const lines: string[] = [];
  const log = createLog('debug', {
    write: (line: string) => {
      lines.push(line);
    },
  });
  return { log, text: () => lines.join('') };
}
