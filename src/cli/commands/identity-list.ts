import type { FacetsAnswer, IdentitiesAnswer } from '../../api/contract/index.ts';
import { wholeNumber, type Call, type Command, type OptionText } from '../command.ts';
import { table } from '../text.ts';

const FILTERS: readonly OptionText[] = [
  {
    name: 'text',
    value: 'TEXT',
    text: 'only those whose name, references, purpose or tags hold it',
  },
  { name: 'kind', value: 'KIND', text: 'only those of this kind' },
  { name: 'environment', value: 'E', text: 'only those of this environment' },
  { name: 'owner-state', value: 'S', text: 'owned, orphan, departed, contested or stale' },
  {
    name: 'ends-before',
    value: 'DAY',
    text: 'a credential of it ends before this day (2026-12-31)',
  },
  {
    name: 'unused-since',
    value: 'DAY',
    text: 'no credential of it was seen in use since this day',
  },
  { name: 'scopes-min', value: 'N', text: 'at least so many different scopes' },
  { name: 'risk-min', value: 'N', text: 'at least this risk, 0 to 100' },
  { name: 'gone', text: 'also those that no source reports any longer' },
];

type Query = Readonly<Record<string, string | number | undefined>>;

/** A day, or a whole time. */
function instant(call: Call, name: string): string | undefined {
  const given = call.option(name);
  if (given === undefined) return undefined;
  const at = /^\d{4}-\d{2}-\d{2}$/u.test(given) ? `${given}T00:00:00Z` : given;
  if (Number.isNaN(Date.parse(at))) call.usage(`--${name} takes a day such as 2026-12-31`);
  return at;
}

function filterOf(call: Call): Query {
  return {
    text: call.option('text'),
    kind: call.option('kind'),
    environment: call.option('environment'),
    ownerState: call.option('owner-state'),
    expiresBefore: instant(call, 'ends-before'),
    unusedSince: instant(call, 'unused-since'),
    scopesMin: wholeNumber(call, 'scopes-min'),
    riskMin: wholeNumber(call, 'risk-min'),
    gone: call.flag('gone') ? 'true' : undefined,
  };
}

/** Whether an empty answer means an empty inventory or a narrow filter. */
function noneText(query: Query): string {
  const isFiltered = Object.values(query).some((value) => value !== undefined);
  return isFiltered
    ? 'no identity fits; `firebreak identity facets` shows what there is\n'
    : 'no identities; import some with `firebreak import FILE`\n';
}

export const identityList: Command = {
  name: 'identity list',
  summary: 'identities of the inventory, with their risk and its main reason',
  places: [],
  remote: true,
  options: [
    { name: 'limit', value: 'N', text: 'rows at most; 100 by default' },
    { name: 'cursor', value: 'ID', text: 'go on after this one' },
    { name: 'sort', value: 'ORDER', text: 'id (the default) or risk, the highest first' },
    ...FILTERS,
  ],
  run: async (call) => {
    const filter = filterOf(call);
    const query = {
      ...filter,
      limit: wholeNumber(call, 'limit'),
      cursor: call.option('cursor'),
      sort: call.option('sort'),
    };
    const answer = await call.client().ask<IdentitiesAnswer>('/v1/identities', { query });
    call.answer(answer, () => {
      const rows = answer.identities.map((one) => [
        one.id,
        one.name,
        one.kind,
        one.target,
        one.environment ?? '',
        one.gone === null ? one.ownerState : 'gone',
        `${one.risk}`,
        one.riskReason ?? '',
      ]);
      const head = [
        'id',
        'name',
        'kind',
        'target',
        'environment',
        'owner',
        'risk',
        'mainly because',
      ];
      const more = answer.cursor === null ? '' : `more: --cursor ${answer.cursor}\n`;
      return rows.length === 0 ? noneText(filter) : `${table([head, ...rows])}${more}`;
    });
    return 0;
  },
};

// table: what each facet is called on the screen, in the order in which they are shown
const TITLES: readonly (readonly [keyof FacetsAnswer['facets'], string])[] = [
  ['risk', 'Risk'],
  ['ownerState', 'Owner'],
  ['kind', 'Kind'],
  ['environment', 'Environment'],
  ['expiry', 'First credential that ends'],
  ['lastUse', 'Last use'],
  ['scopes', 'Different scopes'],
];

export const identityFacets: Command = {
  name: 'identity facets',
  summary:
    'how many identities there are of each kind, environment, owner state, end, use, breadth, risk',
  places: [],
  remote: true,
  options: FILTERS,
  run: async (call) => {
    const query = filterOf(call);
    const answer = await call.client().ask<FacetsAnswer>('/v1/identities/facets', { query });
    call.answer(answer, () => {
      if (answer.count === 0) return noneText(query);
      const width = String(answer.count).length;
      const parts = TITLES.map(([facet, title]) => {
        const rows = answer.facets[facet].map(({ value, count }) => [
          `  ${String(count).padStart(width)}`,
          value,
        ]);
        return `${title}\n${table(rows)}`;
      });
      return `${answer.count} identities\n${parts.join('')}`;
    });
    return 0;
  },
};
