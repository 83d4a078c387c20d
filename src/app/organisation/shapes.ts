import type { Book } from './book.ts';
import type { Chance } from './chance.ts';
import type { Service, Team } from './model.ts';
import type { Scene } from './scene.ts';
import type { Estate } from './services.ts';
import {
  agentToMailbox,
  githubApp,
  pipelineToDatabase,
  vendorIntegration,
} from './shapes-delegated.ts';
import { breakGlass, operators, providerRun, roleCycle } from './shapes-powerful.ts';
import { copiedSecret, gatewayCertificate, sharedKey } from './shapes-shared.ts';

export function openScene(
  book: Book,
  estate: Estate,
  teams: readonly Team[],
  chance: Chance,
): Scene {
  const byName = new Map(estate.services.map((service) => [service.name, service]));
  const serviceNamed = (name: string): Service => {
    const service = byName.get(name);
    if (service === undefined) throw new RangeError(`there is no service ${name}`);
    return service;
  };
  return { book, estate, teams, chance, serviceNamed };
}

/** Identities with a story, the same in every organisation. */
export function addShapes(scene: Scene): void {
  pipelineToDatabase(scene);
  githubApp(scene);
  agentToMailbox(scene);
  gatewayCertificate(scene);
  breakGlass(scene);
  vendorIntegration(scene);
  sharedKey(scene);
  copiedSecret(scene);
  roleCycle(scene);
  providerRun(scene);
  operators(scene);
}
