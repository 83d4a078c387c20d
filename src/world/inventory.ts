import { toTimestamp } from '../kernel/index.ts';
import type { CredentialState, IdentityState } from './model.ts';
import { PEOPLE, SERVICES, type Member, type Organisation } from './organisation.ts';
import type { TargetState } from './target-state.ts';

/** One line of Firebreak's inventory form. Ends and owners are references of the form system:type:value. */
type Line = Readonly<Record<string, unknown>>;

const ORGANISATION = 'northlake';

function ref(type: string, value: string, system = ORGANISATION): Line {
  return { system, type, value };
}

function textOf(type: string, value: string, system = ORGANISATION): string {
  return `${system}:${type}:${value}`;
}

function thing(type: string, value: string, more: Line = {}): Line {
  return { type, name: value, refs: [ref(type, value)], ...more };
}

function edge(from: string, relation: string, to: string, basis = 'declared'): Line {
  return { type: 'edge', from, relation, to, basis };
}

/** The organisation as its own systems would tell it: everything but minted keys that nobody has seen yet. */
export function inventoryLines(
  organisation: Organisation,
  options: { readonly secrets: boolean } = { secrets: false },
): string {
  const lines: Line[] = [...people(), ...services()];
  for (const target of organisation.targets.values()) lines.push(...accounts(target));
  for (const member of organisation.members) {
    const target = organisation.targets.get(member.target);
    if (target !== undefined) lines.push(...memberLines(target, member, options.secrets));
  }
  lines.push(...consumers(organisation), ...frontDoors(organisation));
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}

function people(): readonly Line[] {
  const teams = [...new Set(SERVICES.map((service) => service.team))];
  return [
    ...teams.map((team) => thing('party', team, { contact: `${team}@northlake.example` })),
    ...PEOPLE.map(({ name }) => {
      const contact = `${name.toLowerCase().replace(' ', '.')}@northlake.example`;
      return thing('party', name, { contact });
    }),
  ];
}

function services(): readonly Line[] {
  return SERVICES.map(({ name, tier }) =>
    thing('service', name, { tier, environment: 'prod', tags: [`service:${name}`] }),
  );
}

function identityLine(target: TargetState, state: IdentityState, more: Line): Line {
  const { spec } = target;
  return {
    type: 'identity',
    kind: state.kind,
    name: state.identity,
    target: spec.name,
    refs: [ref('identity', state.identity, spec.name)],
    environment: spec.environment,
    tenant: ORGANISATION,
    ...more,
  };
}

function credentialLine(target: TargetState, state: CredentialState, secrets: boolean): Line {
  const { name } = target.spec;
  return {
    type: 'credential',
    identity: textOf('identity', state.identity, name),
    kind: state.kind,
    refs: [ref('credential', state.credential, name)],
    issuedAt: toTimestamp(state.issuedAtMs),
    ...(secrets ? { secret: target.secretOf(state.credential) } : {}),
  };
}

/** Firebreak's own account, the control identity and the administrators: they must be known to be protected. */
function accounts(target: TargetState): readonly Line[] {
  const { account, spec } = target;
  return ['platform-admin', 'break-glass', 'probe-control', account.identity].flatMap((name) => {
    const state = target.configured.identities.get(name);
    if (state === undefined) return [];
    const tags = [
      ...(state.administrator ? ['administrator'] : []),
      ...(name === account.identity ? ['firebreak'] : []),
    ];
    const purpose =
      name === account.identity ? 'what Firebreak acts as' : `${name} of ${spec.name}`;
    return [
      identityLine(target, state, { tags, purpose }),
      ...target.credentialsOf(name).map((each) => credentialLine(target, each, false)),
    ];
  });
}

function ownersOf(member: Member, assertedAt: string): readonly Line[] {
  const { team } = member.service;
  const person = PEOPLE.find((each) => each.team === team)?.name;
  const claim = { confidence: 0.9, basis: 'catalog', assertedAt };
  return [
    { role: 'technical', party: textOf('party', team), ...claim },
    ...(person === undefined
      ? []
      : [{ role: 'business', party: textOf('party', person), ...claim }]),
  ];
}

function memberLines(target: TargetState, member: Member, secrets: boolean): readonly Line[] {
  const { service } = member;
  const { spec } = target;
  const state = target.configured.identities.get(member.identity);
  if (state === undefined) return [];
  const identity = textOf('identity', member.identity, spec.name);
  const resource = `${spec.name}/${service.name}-data`;
  const lines: Line[] = [
    identityLine(target, state, {
      jurisdiction: service.jurisdiction,
      purpose: `${service.name} on ${spec.name}`,
      tags: [`service:${service.name}`, `tier:${service.tier}`],
      owners: ownersOf(member, toTimestamp(target.nowMs())),
    }),
    thing('resource', resource, { environment: spec.environment }),
    edge(identity, 'reaches', textOf('resource', resource)),
    edge(textOf('service', service.name), 'depends-on', textOf('resource', resource)),
  ];
  for (const [index, name] of member.credentials.entries()) {
    const credential = target.configured.credentials.get(name);
    if (credential === undefined) continue;
    const store = storeOf(member, index);
    const from = textOf('credential', name, spec.name);
    lines.push(
      credentialLine(target, credential, secrets),
      edge(from, 'authenticates', identity),
      thing('store', store, { environment: spec.environment }),
      edge(textOf('store', store), 'holds', from),
    );
  }
  return lines;
}

function storeOf(member: Member, index: number): string {
  return `vault/prod/${member.service.name}/${member.target}/${member.identity}-${index + 1}`;
}

function consumers(organisation: Organisation): readonly Line[] {
  return organisation.workloads.flatMap(({ name, service, target, credential }) => {
    const workload = textOf('workload', name);
    return [
      thing('workload', name, { environment: 'prod' }),
      edge(workload, 'uses', textOf('credential', credential, target), 'observed'),
      edge(textOf('service', service), 'depends-on', workload),
    ];
  });
}

/** A pipeline can read the store of the next target's key: one key is the front door to several others. */
function frontDoors(organisation: Organisation): readonly Line[] {
  const pipelines = organisation.members.filter((member) => member.target === 'ci');
  return pipelines.flatMap((pipeline) =>
    organisation.members
      .filter((member) => member.service.name === pipeline.service.name && member.target !== 'ci')
      .slice(0, 2)
      .map((member) =>
        edge(
          textOf('identity', pipeline.identity, 'ci'),
          'reads',
          textOf('store', storeOf(member, 0)),
        ),
      ),
  );
}
