import { messageOf, sleep } from '../../kernel/index.ts';
import type { RunningServer } from '../server.ts';
import type { DemoOrganisation } from './organisation.ts';
import { playLeak } from './scenarios.ts';
import { setStage } from './stage.ts';

/** Pipelines that may mint; a later start of the demo plays with the next one. */
const PIPELINES = [
  'pipeline-checkout',
  'pipeline-payments',
  'pipeline-search',
  'pipeline-fraud-scoring',
] as const;
const BEFORE_MS = 5_000;
const QUIET = {
  heading: (): void => undefined,
  say: (): void => undefined,
  last: (): void => undefined,
};

/** Some seconds after the start a token leaks, so that there is something to look at. Never stops the server. */
export async function playLive(
  running: RunningServer,
  organisation: DemoOrganisation,
): Promise<void> {
  const { clock, log, response } = running.parts;
  try {
    await sleep(clock, BEFORE_MS);
    const earlier = await response.incidents({ limit: PIPELINES.length });
    const identity = PIPELINES[earlier.length % PIPELINES.length] ?? PIPELINES[0];
    await playLeak(await setStage(running, organisation, clock, QUIET), identity);
  } catch (error) {
    log.warn({ problem: messageOf(error) }, 'the demonstration leak was not played to its end');
  }
}
