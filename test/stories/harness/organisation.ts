import type { Connector } from '../../../src/connectors/contract.ts';
import { connectWorld } from '../../../src/connectors/world/index.ts';
import { present, Secret, type Clock } from '../../../src/kernel/index.ts';
import { cleanUp } from '../../../src/store/testing.ts';
import {
  createWorld,
  serveWorld,
  type TargetChoice,
  type World,
} from '../../../src/world/index.ts';

/** The simulated organisation on the clock of the story, and a connector for each of its targets. */
export interface Organisation {
  readonly world: World;
  readonly connectors: ReadonlyMap<string, Connector>;
}

export async function openOrganisation(
  clock: Clock,
  targets: readonly (string | TargetChoice)[],
): Promise<Organisation> {
  const choices = targets.map((one) => (typeof one === 'string' ? { name: one } : one));
  const world = createWorld({ seed: 11, clock, targets: choices, workloadIntervalMs: 10_000 });
  const served = await serveWorld(world, { port: 0, adminToken: new Secret('story-admin') });
  cleanUp(served.close);
  const connectors = new Map<string, Connector>();
  for (const [name, target] of world.organisation.targets) {
    const control = present(world.organisation.controls.get(name), 'each target has a control');
    const token = new Secret(target.account.token);
    const controlSecret = new Secret(target.secretOf(control.credential));
    const access = { target: name, url: served.url, token, controlSecret };
    connectors.set(name, await connectWorld(access));
  }
  return { world, connectors };
}
