// Access that leads to other access.

import { claimsFor } from './owners.ts';
import { guid, number, sshFingerprint } from './references.ts';
import { key, link, member, reachAll, role, store, use, type Scene } from './scene.ts';

/** One build token takes on a role, the role reads keys, the keys open the databases of critical services. */
export function pipelineToDatabase(scene: Scene): void {
  const shape = 'pipeline-to-database';
  const platform = scene.serviceNamed('platform-api');
  const builder = 'github:subject:repo:northlake/shared-builder:environment:prod';
  const token = 'github:token-id:900000001';
  member(scene, shape, platform, {
    ref: builder,
    kind: 'ci-identity',
    name: 'gha-shared-builder',
    target: 'github-northlake',
    purpose: 'builds and releases what has no pipeline of its own',
    exposure: 'public',
    credentials: [key('access-token', token, { scopes: ['contents:read', 'id-token:write'] })],
  });
  use(scene, platform, token);
  store(
    scene,
    platform,
    'ci:variable:northlake/shared-builder/prod/RELEASE_TOKEN',
    'CI variable RELEASE_TOKEN',
    token,
  );
  const release = role(scene, shape, platform, 'release-automation', 'releases to production');
  link(scene, builder, 'assumes', release);
  for (const name of ['payments', 'ledger', 'checkout']) {
    const service = scene.serviceNamed(name);
    const deploy = role(scene, shape, service, `${name}-deploy`, `deploys ${name}`);
    link(scene, release, 'assumes', deploy);
    const account = `postgres:role:owner_${name}@db.prod.eu.northlake.example`;
    const password = `postgres:password:owner_${name}@db.prod.eu.northlake.example`;
    member(scene, shape, service, {
      ref: account,
      kind: 'service-account',
      name: `owner_${name}`,
      target: 'postgres-northlake',
      purpose: `owns the tables of ${name}`,
      credentials: [key('password', password, { scopes: ['all-privileges'] })],
    });
    use(scene, service, password);
    const path = `secret/prod/${name}/database-owner`;
    link(
      scene,
      deploy,
      'reads',
      store(scene, service, `vault:path:${path}`, `vault ${path}`, password),
    );
    reachAll(scene, account, service);
  }
}

/** An app that hands out deploy keys: one private key is all of them. */
export function githubApp(scene: Scene): void {
  const shape = 'github-app';
  const platform = scene.serviceNamed('platform-api');
  const app = `github:app:${number(scene.chance, 7)}`;
  const appKey = sshFingerprint(scene.chance).replace('ssh:ssh-fingerprint', 'github:app-key');
  member(scene, shape, platform, {
    ref: app,
    moreRefs: [`github:installation:${number(scene.chance, 8)}`],
    kind: 'oauth-app',
    name: 'northlake-release',
    target: 'github-northlake',
    purpose: 'hands deploy keys to repositories',
    exposure: 'public',
    credentials: [
      key('signing-key', appKey, { scopes: ['administration:write', 'contents:write'] }),
    ],
  });
  use(scene, platform, appKey);
  for (const name of ['catalog-api', 'orders-api', 'shipping-api', 'customer-api']) {
    const service = scene.serviceNamed(name);
    const bot = `ssh:account:deploy-key-${name}@github.northlake.example`;
    const deployKey = sshFingerprint(scene.chance);
    member(scene, shape, service, {
      ref: bot,
      kind: 'bot-user',
      name: `deploy-key-${name}`,
      target: 'github-northlake',
      purpose: `pushes to the repository ${name}`,
      credentials: [key('ssh-key', deployKey, { ageDays: 700 })],
    });
    link(scene, app, 'mints', deployKey);
    const repository = `github:repository:northlake/${name}`;
    scene.book.thing('resource', repository, `northlake/${name}`, { environment: 'prod' });
    link(scene, bot, 'reaches', repository);
    use(scene, service, deployKey);
  }
}

export function agentToMailbox(scene: Scene): void {
  const shape = 'agent-to-mailbox';
  const support = scene.serviceNamed('support-api');
  const agent = 'agents:agent:inbox-triage';
  const token = `agents:token-id:${number(scene.chance, 9)}`;
  const scopes = ['tool:mail.read', 'tool:tickets.write', 'tool:mail.send'];
  member(scene, shape, support, {
    ref: agent,
    kind: 'ai-agent',
    name: 'inbox-triage-agent',
    target: 'agents-northlake-us',
    purpose: 'reads what customers write and opens tickets',
    exposure: 'public',
    credentials: [
      key('access-token', token, {
        ageDays: 40,
        expiresInDays: 50,
        scopes,
        usedScopes: scopes.slice(0, 2),
      }),
    ],
  });
  use(scene, support, token);
  const app = `entra:client-id:${guid(scene.chance)}`;
  const secret = `entra:key-id:${guid(scene.chance)}`;
  const granted = ['Mail.Read', 'Mail.Send', 'Files.Read.All', 'User.Read.All'];
  member(scene, shape, support, {
    ref: app,
    kind: 'oauth-app',
    name: 'mail-assistant',
    target: 'entra-northlake',
    purpose: 'opens mailboxes for assistants',
    credentials: [
      key('client-secret', secret, {
        expiresInDays: 12,
        scopes: granted,
        usedScopes: ['Mail.Read'],
      }),
    ],
  });
  use(scene, support, secret);
  link(scene, agent, 'assumes', app);
  for (const mailbox of ['support', 'invoices', 'board']) {
    const ref = `m365:mailbox:${mailbox}@northlake.example`;
    scene.book.thing('resource', ref, `mailbox ${mailbox}@`, { environment: 'prod' });
    link(scene, app, 'reaches', ref);
  }
}

/** Who works for others is often forgotten when the contract ends. */
export function vendorIntegration(scene: Scene): void {
  const shape = 'vendor-integration';
  const shipping = scene.serviceNamed('shipping-api');
  const marketing = scene.serviceNamed('marketing-api');
  const cases = [
    { id: 'parcelgrid', service: shipping, state: 'departed', usedDaysAgo: 0.1 },
    { id: 'fernmail', service: marketing, state: 'abandoned', usedDaysAgo: 190 },
  ] as const;
  for (const { id, service, state, usedDaysAgo } of cases) {
    const ref = `entra:client-id:${guid(scene.chance)}`;
    const token = `entra:grant-id:${guid(scene.chance)}`;
    const scopes = ['Files.Read.All', 'User.Read.All', 'offline_access'];
    member(scene, shape, service, {
      ref,
      kind: 'oauth-app',
      name: `${id}-integration`,
      target: 'entra-northlake',
      purpose: `what ${id} comes in with`,
      exposure: 'partner',
      operator: id,
      owners: claimsFor(state, service.team, scene.teams, scene.chance),
      credentials: [
        key('refresh-token', token, {
          ageDays: 900,
          usedDaysAgo,
          scopes,
          usedScopes: scopes.slice(0, 1),
        }),
      ],
    });
    reachAll(scene, ref, service);
    if (usedDaysAgo < 1) use(scene, service, token);
  }
}
