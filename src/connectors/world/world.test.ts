import { createPushableClock, Secret } from '../../kernel/index.ts';
import { createWorld, serveWorld, type TargetChoice, type World } from '../../world/index.ts';
import { connectorConformance, type ConformanceEnvironment } from '../conformance.ts';
import { connectWorld } from './index.ts';

async function environmentOf(choice: TargetChoice, seed: number): Promise<ConformanceEnvironment> {
  const clock = createPushableClock();
  const world = createWorld({ seed, clock, targets: [choice] });
  const served = await serveWorld(world, { port: 0, adminToken: new Secret('admin') });
  const target = world.target(choice.name);
  const control = world.organisation.controls.get(choice.name)?.credential ?? '';
  const secrets = [target.account.token, target.secretOf(control)];
  const access = {
    target: choice.name,
    url: served.url,
    token: new Secret(target.account.token),
    controlSecret: new Secret(target.secretOf(control)),
  };
  let made = 0;
  const use = async (secret: string): Promise<boolean> =>
    (await world.data(choice.name, { secret, action: 'read', source: 'test' })).status === 200;
  return {
    connector: await connectWorld(access),
    passTime: clock.advance,
    works: use,
    newSecret: () => `fake-renewed-${(made += 1)}`,
    worksAs: (_subject, secret) => use(secret),
    secrets: () => secrets,
    close: served.close,
    newSubject: async () => {
      made += 1;
      const identity = `canary-${made}`;
      const [leaked, sibling] = world.addMember(choice.name, { identity, credentials: 2 });
      if (leaked === undefined || sibling === undefined) throw new Error('two were asked for');
      secrets.push(leaked.secret, sibling.secret);
      const { credential, secret } = leaked;
      return { subject: { identity, credential }, secret, sibling: sibling.secret };
    },
    openSession: async (secret) => {
      const reply = await world.data(choice.name, { secret, action: 'login', source: 'test' });
      const token = String(reply.body['token']);
      secrets.push(token);
      return async (action) => {
        const request = { secret: token, action, dryRun: true, source: 'test' };
        return (await world.data(choice.name, request)).status === 200;
      };
    },
    ...disturbances(world, choice.name),
  };
}

/** What can be done to a target behind the connector's back. */
function disturbances(
  world: World,
  name: string,
): Pick<
  ConformanceEnvironment,
  'tamper' | 'withdrawGrants' | 'loseNextReply' | 'outage' | 'effects'
> {
  const target = world.target(name);
  return {
    tamper: async (subject) => {
      const whole = target.spec.grain === 'identity' ? { identity: subject.identity } : subject;
      const actor = 'platform-admin';
      await world.control(name, {
        verb: 'reduce',
        subject: whole,
        actions: ['write'],
        key: null,
        actor,
      });
    },
    withdrawGrants: async () => {
      target.grants.clear();
      target.grants.add('identity:read');
    },
    loseNextReply: async () => {
      for (const operation of ['step-up', 'reduce', 'quarantine', 'disable', 'revoke']) {
        const plane = 'control';
        world.faults.add({ target: name, plane, operation, kind: 'lost-reply', count: 1 });
      }
    },
    outage: async () => {
      world.faults.add({ target: name, plane: 'data', operation: '*', kind: 'outage' });
    },
    effects: async (subject, key) => {
      const counts = target.audit
        .effects()
        .filter((sum) => sum.identity === subject.identity && sum.key?.startsWith(key) === true)
        .map((sum) => sum.effects);
      return Math.max(0, ...counts);
    },
  };
}

// One of each kind: keys honoured or not, credentials told apart or not, bearer tokens, sessions with old policies.
const KINDS: readonly TargetChoice[] = [
  { name: 'ci', hasInside: true },
  { name: 'image-registry' },
  { name: 'ledger-db' },
  { name: 'directory' },
  { name: 'agent-hub' },
  { name: 'cloud-prod' },
];

for (const [index, choice] of KINDS.entries()) {
  connectorConformance(`world/${choice.name}`, () => environmentOf(choice, index + 1));
}

// Who chooses the secret, whether credentials are told apart, and whether what is minted lasts.
const ROTATING: readonly (readonly [TargetChoice, 'short-lived' | null])[] = [
  [{ name: 'ci', lifetimeMs: 3_600_000 }, 'short-lived'],
  [{ name: 'cloud-prod', secretFrom: 'caller' }, null],
  [{ name: 'ledger-db' }, null],
];

for (const [choice, more] of ROTATING) {
  const offers = ['rotation' as const, ...(more === null ? [] : [more])];
  const what = `world/${choice.name}, renewing`;
  connectorConformance(what, () => environmentOf(choice, 17), { guarantees: [], offers });
}
