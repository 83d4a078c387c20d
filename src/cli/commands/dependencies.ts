import {
  STAGES,
  type BlastAnswer,
  type CheapestCutAnswer,
  type CollateralAnswer,
  type LookupAnswer,
  type RotationAnswer,
  type SharedUsesAnswer,
} from '../../api/contract/index.ts';
import { oneOf, place, wholeNumber, type Call, type Command } from '../command.ts';
import { paint, plain, table } from '../text.ts';
import { lookUp } from './inventory.ts';

/** An empty answer about what is gone is no all-clear: its key may still work. */
function warnOfGone(call: Call, { name, gone }: LookupAnswer['identity']): void {
  if (gone === null || gone === undefined) return;
  const said = `${gone.source} no longer reports ${name} since ${gone.at}`;
  call.io.err(`${plain(said)}: the map has forgotten it, and a key of it may still work.\n`);
}

type Path = BlastAnswer['reached'][number]['path'];

/** `-assumes-> role/admin <-depends-on- checkout`: an edge against the attacker's way points back. */
function hopsText(path: Path): string {
  return path
    .map(({ relation, toName, reversed }) => {
      const arrow = reversed ? `<-${relation}-` : `-${relation}->`;
      return `${arrow} ${toName}`;
    })
    .join(' ');
}

/** From where it is reached: the rows above say how that one is. */
function lastHopText(path: Path): string {
  const last = path.at(-1);
  if (last === undefined) return '';
  const { fromName, relation, reversed } = last;
  return `${fromName} ${reversed ? `<-${relation}-` : `-${relation}->`}`;
}

/** The whole way, with where it begins. */
function wayText(path: Path): string {
  const [first] = path;
  return first === undefined ? '' : plain(`${first.fromName} ${hopsText(path)}`);
}

function blastText(answer: BlastAnswer): string {
  const kinds = Object.entries(answer.countByKind)
    .filter(([, count]) => count > 0)
    .map(([kind, count]) => `${count} ${kind}`);
  const rows = answer.reached.map(({ depth, kind, name, environment, path }) => [
    `  ${depth}`,
    kind,
    name,
    environment ?? '',
    lastHopText(path),
  ]);
  const ways = answer.criticalServices.map(({ path }) => `  ${wayText(path)}\n`);
  const critical =
    ways.length === 0 ? '' : `The first way into each critical service\n${ways.join('')}`;
  const cut = {
    depth: 'The depth was limited: more lies behind.\n',
    time: 'The time was over: more lies behind.\n',
  };
  const short = answer.cutShort === null ? '' : cut[answer.cutShort];
  const rest = answer.reachedCount - answer.reached.length;
  const more = rest > 0 ? `and ${rest} more, farther away\n` : '';
  const production = answer.reachesProduction ? 'Production is in reach.\n' : '';
  const head = rows.length === 0 ? 'Nothing is in reach as far as the inventory knows.\n' : '';
  return `${head}${rows.length === 0 ? '' : `Reaches ${kinds.join(', ')}.\n`}${production}${table(rows)}${more}${critical}${short}${freshness(answer)}`;
}

function freshness({
  revision,
  oldestEdgeAt,
}: {
  revision: number;
  oldestEdgeAt: string | null;
}): string {
  const age = oldestEdgeAt === null ? '' : `, oldest knowledge of ${oldestEdgeAt}`;
  return `Inventory revision ${revision}${age}.\n`;
}

export const blast: Command = {
  name: 'blast',
  summary: 'forward: what the attacker reaches, with paths',
  places: ['REF'],
  remote: true,
  options: [{ name: 'depth', value: 'N', text: 'hops at most' }],
  run: async (call) => {
    const { identity } = await lookUp(call);
    warnOfGone(call, identity);
    const query = { depth: wholeNumber(call, 'depth') };
    const path = `/v1/identities/${identity.id}/blast-radius`;
    const answer = await call.client().ask<BlastAnswer>(path, { query });
    call.answer(answer, () => blastText(answer));
    return 0;
  },
};

function consumerRows(consumers: CollateralAnswer['known']): readonly (readonly string[])[] {
  return consumers.map(({ kind, name, basis, services }) => [
    `  ${kind}`,
    name,
    basis,
    services.map((service) => service.name).join(', '),
  ]);
}

function stageRows({ stages }: CollateralAnswer): readonly (readonly string[])[] {
  return stages.map(({ stage, known, inferred, unknown, services, why }) => [
    `  ${stage}`,
    `${known} known, ${inferred} inferred, ${unknown} unknown`,
    `${services} services`,
    why,
  ]);
}

function collateralText(call: Call, answer: CollateralAnswer): string {
  const { known, inferred, unknown, services } = answer;
  const unknownCount = unknown.reduce((sum, { count }) => sum + count, 0);
  const of = answer.scope === null ? '' : `Taking ${plain(answer.scope)} away: `;
  const head = `${of}Breaks ${known.length} known, ${inferred.length} inferred, ${unknownCount} unknown consumers; ${services.length} services.\n`;
  const parts = [paint(call.io, 'bold', head)];
  if (known.length > 0) parts.push(`Known\n${table(consumerRows(known))}`);
  if (inferred.length > 0) parts.push(`Inferred\n${table(consumerRows(inferred))}`);
  if (unknown.length > 0) {
    parts.push(`Unknown\n${table(unknown.map(({ count, why }) => [`  ${count}`, why]))}`);
  }
  parts.push(`By stage\n${table(stageRows(answer))}`);
  const { leastStage, tenants, shared } = answer;
  if (leastStage !== null) parts.push(`Least stage: ${leastStage.stage}, ${leastStage.why}.\n`);
  if (tenants.length > 0) parts.push(`Tenants hit: ${plain(tenants.join(', '))}.\n`);
  for (const { why } of shared) parts.push(`Shared: ${plain(why)}.\n`);
  return `${parts.join('')}${freshness(answer)}`;
}

export const collateral: Command = {
  name: 'collateral',
  summary: 'backward: what a cut breaks',
  places: ['REF'],
  remote: true,
  options: [
    { name: 'stage', value: 'STAGE', text: `of one stage: ${STAGES.join(', ')}` },
    { name: 'scope', value: 'SCOPE', text: 'of taking this one scope away' },
    { name: 'signal', value: 'TYPE', text: 'name the least stage that would stop this signal' },
  ],
  run: async (call) => {
    const { identity, credential } = await lookUp(call);
    warnOfGone(call, identity);
    const stage = call.option('stage');
    const query = {
      credential: credential?.id,
      stage: stage === undefined ? undefined : oneOf(call, '--stage', STAGES, stage),
      scope: call.option('scope'),
      signal: call.option('signal'),
    };
    const path = `/v1/identities/${identity.id}/collateral`;
    const answer = await call.client().ask<CollateralAnswer>(path, { query });
    call.answer(answer, () => collateralText(call, answer));
    return 0;
  },
};

function rotationText(call: Call, answer: RotationAnswer): string {
  const parts = answer.groups.map((group, index) => {
    const rows = group.map(({ layer, name, identityName, acknowledgements }) => [
      `  ${layer}`,
      plain(name),
      `of ${plain(identityName)}`,
      acknowledgements.length === 0
        ? ''
        : `acknowledged by ${plain(acknowledgements.map((one) => one.name).join(', '))}`,
    ]);
    return `${paint(call.io, 'bold', `${index + 1}.`)}\n${table(rows)}`;
  });
  if (answer.groups.length === 0) parts.push('There is nothing to renew.\n');
  if (answer.breaks.length > 0) {
    const whys = answer.breaks.map(({ why }) => `  ${plain(why)}\n`);
    parts.push(`Given up, because these open each other\n${whys.join('')}`);
  }
  if (answer.truncated) parts.push('More is exposed than one plan holds.\n');
  return `${parts.join('')}${freshness(answer)}`;
}

export const rotation: Command = {
  name: 'rotation',
  summary: 'in which order its access, and what it opens, must be renewed',
  places: ['REF'],
  remote: true,
  options: [],
  run: async (call) => {
    const { identity } = await lookUp(call);
    warnOfGone(call, identity);
    const path = `/v1/identities/${identity.id}/rotation`;
    const answer = await call.client().ask<RotationAnswer>(path);
    call.answer(answer, () => rotationText(call, answer));
    return 0;
  },
};

/** The first few, in brackets. */
function namesOf(services: readonly { readonly name: string }[]): string {
  if (services.length === 0) return '';
  const shown = services.slice(0, NAMES_SHOWN).map(({ name }) => name);
  const rest = services.length > shown.length ? ', ...' : '';
  return ` (${shown.join(', ')}${rest})`;
}

const NAMES_SHOWN = 5;

function sharedText(answer: SharedUsesAnswer): string {
  const names = (some: readonly { readonly name: string }[]): string =>
    plain(some.map(({ name }) => name).join(', '));
  const found = answer.found.map(({ why, credentials, among, owners, environments, services }) => {
    const rows = [
      ['  credentials', names(credentials)],
      ['  among', names(among)],
      ['  owners', owners.join(', ')],
      ['  environments', environments.join(', ')],
      ['  services', names(services)],
    ].filter(([, what]) => what !== '');
    return `${plain(why)}\n${table(rows)}`;
  });
  const none = found.length === 0 ? 'Nothing is shared, as far as the inventory knows.\n' : '';
  const rest = answer.count - found.length;
  const more = rest > 0 ? `and ${rest} more\n` : '';
  return `${none}${found.join('')}${more}${freshness(answer)}`;
}

export const sharedUses: Command = {
  name: 'shared-uses',
  summary: 'credentials that consumers share who do not belong together, and copied secrets',
  places: ['[REF]'],
  remote: true,
  options: [],
  run: async (call) => {
    const of = call.places.length === 0 ? null : (await lookUp(call)).identity.id;
    const path = of === null ? '/v1/dependencies/shared-uses' : `/v1/identities/${of}/shared-uses`;
    const answer = await call.client().ask<SharedUsesAnswer>(path);
    call.answer(answer, () => sharedText(answer));
    return 0;
  },
};

function cheapestCutText(call: Call, answer: CheapestCutAnswer): string {
  const rows = answer.cuts.map(({ kind, name, weight, breaks }) => [
    `  ${kind}`,
    plain(name),
    `weighs ${weight}`,
    `breaks ${breaks.consumers} consumers, ${breaks.services.length} services${namesOf(breaks.services)}`,
  ]);
  const ways = answer.cuts.flatMap(({ name, closes }) =>
    closes.length === 0 ? [] : [`  ${plain(name)} closes ${wayText(closes)}\n`],
  );
  const left = Object.entries(answer.remaining).filter(([, count]) => count > 0);
  const rest = left.map(([kind, count]) => `${count} ${kind}`).join(', ');
  const open = answer.openPath.length === 0 ? '' : `Open: ${wayText(answer.openPath)}\n`;
  const remaining = rest === '' ? '' : `Still in reach afterwards: ${rest}.\n`;
  const head = `${paint(call.io, 'bold', answer.outcome)}: ${plain(answer.why)}\n`;
  return `${head}${table(rows)}${ways.join('')}${open}${remaining}${freshness(answer)}`;
}

export const cheapestCut: Command = {
  name: 'cheapest-cut',
  summary: 'the cheapest cuts between what is compromised and what must not be reached',
  places: ['REF...'],
  remote: true,
  options: [
    {
      name: 'protect',
      value: 'REF',
      many: true,
      text: 'must not be reached; tier 1 services by default',
    },
    { name: 'keep', value: 'REF', many: true, text: 'may not be cut' },
  ],
  run: async (call) => {
    place(call, 0);
    const [protect, keep] = [call.many('protect'), call.many('keep')];
    const body = {
      compromised: call.places,
      ...(protect.length === 0 ? {} : { protect }),
      ...(keep.length === 0 ? {} : { keep }),
    };
    const request = { method: 'POST', body } as const;
    const answer = await call
      .client()
      .ask<CheapestCutAnswer>('/v1/dependencies/cheapest-cut', request);
    call.answer(answer, () => cheapestCutText(call, answer));
    return answer.outcome === 'cannot-separate' ? 1 : 0;
  },
};
