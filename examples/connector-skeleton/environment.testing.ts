import type { ConformanceEnvironment } from '../../src/connectors/conformance.ts';
import { Secret } from '../../src/kernel/index.ts';
import { createSkeletonConnector } from './index.ts';
import { createKeyService, type KeyService, type KeyServiceApi } from './service.ts';

async function isLetIn(service: KeyService, secret: string, action: string): Promise<boolean> {
  try {
    await service.api.use(secret, action, true);
    return true;
  } catch {
    return false;
  }
}

/** The service as the suite wants it: with means to look at it and to disturb it that are not the connector's. */
export async function environment(
  through: (api: KeyServiceApi) => KeyServiceApi = (api) => api,
): Promise<ConformanceEnvironment> {
  const service = createKeyService();
  for (const name of ['firebreak', 'control']) service.addAccount(name);
  const { secret: control } = service.addKey('control');
  let made = 0;
  return {
    connector: createSkeletonConnector({
      target: 'keys',
      api: through(service.api),
      controlSecret: new Secret(control),
    }),
    newSubject: async () => {
      made += 1;
      const identity = `canary-${made}`;
      service.addAccount(identity);
      const { id: credential, secret } = service.addKey(identity);
      return {
        subject: { identity, credential },
        secret,
        sibling: service.addKey(identity).secret,
      };
    },
    // The service has no delays.
    passTime: async () => undefined,
    works: (secret) => isLetIn(service, secret, 'read'),
    secrets: service.secrets,
    openSession: async (secret) => {
      const token = service.login(secret);
      return (action) => isLetIn(service, token, action);
    },
    tamper: ({ identity }) => service.api.setActions(identity, ['write']),
    withdrawGrants: async () => {
      service.rights.clear();
      service.rights.add('read');
    },
    loseNextReply: async () => {
      service.faults.loseNextReply = true;
    },
    outage: async () => {
      service.faults.outage = true;
    },
    effects: async ({ identity, credential = '' }) => {
      const acts = [`actions ${identity}`, `enabled ${credential}`, `delete ${credential}`];
      return Math.max(0, ...acts.map((act) => service.changes.get(act) ?? 0));
    },
    close: async () => undefined,
  };
}
