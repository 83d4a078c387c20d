import { LIMITS } from '../../kernel/index.ts';
import { isFields, type Fields } from '../facts.ts';
import type { SourceRecord } from '../import/model.ts';
import type { NumberedLine } from './lines.ts';
import { parseYaml } from './yaml.ts';

const SYSTEM = 'backstage';

const fieldsIn = (value: unknown): Fields => (isFields(value) ? value : {});
const textIn = (fields: Fields, member: string): string | undefined => {
  const value = fields[member];
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
};

/** `[kind:][namespace/]name`, with Backstage's defaults; its references know no case. */
function entityRef(text: string, kind: string, namespace = 'default'): string {
  const colon = text.indexOf(':');
  const rest = text.slice(colon + 1);
  const own = colon < 0 ? kind : text.slice(0, colon);
  const full = rest.includes('/') ? rest : `${namespace}/${rest}`;
  return `${SYSTEM}:entity:${own}:${full}`.toLowerCase();
}

// table: which word an entity becomes; what is not named here says nothing about identities
const WORDS: ReadonlyMap<string, string> = new Map([
  ['component', 'service'],
  ['system', 'service'],
  ['resource', 'resource'],
  ['api', 'resource'],
  ['group', 'party'],
  ['user', 'party'],
]);

// table: annotations that name an identity the component runs as
const IDENTITY_ANNOTATIONS: Readonly<Record<string, (value: string) => string>> = {
  'firebreak.dev/identity': (value) => value,
  'iam.amazonaws.com/role': (value) => `aws:arn:${value}`,
  'iam.amazonaws.com/role-arn': (value) => `aws:arn:${value}`,
  'eks.amazonaws.com/role-arn': (value) => `aws:arn:${value}`,
  'iam.gke.io/gcp-service-account': (value) => `gcp:email:${value}`,
  'spiffe.io/spiffe-id': (value) => `spiffe:spiffe-id:${value}`,
};

interface Entity {
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
  readonly title: string;
  readonly ref: string;
  readonly metadata: Fields;
  readonly spec: Fields;
}

function entityOf(value: unknown): Entity | string {
  if (!isFields(value)) return 'the document is not an entity';
  const kind = textIn(value, 'kind')?.toLowerCase();
  const metadata = fieldsIn(value['metadata']);
  const name = textIn(metadata, 'name');
  if (kind === undefined) return 'the entity has no kind';
  if (name === undefined) return 'the entity has no metadata.name';
  const namespace = textIn(metadata, 'namespace') ?? 'default';
  const title = textIn(metadata, 'title') ?? name;
  const ref = entityRef(`${kind}:${namespace}/${name}`, kind);
  return { kind, name, namespace, title, ref, metadata, spec: fieldsIn(value['spec']) };
}

function textsIn(value: unknown): readonly string[] {
  if (!Array.isArray(value)) return [];
  return value.filter((item): item is string => typeof item === 'string' && item !== '');
}

function partyLine({ kind, title, ref, spec }: Entity): Fields {
  const contact = textIn(fieldsIn(spec['profile']), 'email');
  const name = textIn(fieldsIn(spec['profile']), 'displayName') ?? title;
  const partyKind = kind === 'user' ? 'person' : 'team';
  return {
    type: 'party',
    name,
    refs: [ref],
    partyKind,
    ...(contact === undefined ? {} : { contact }),
  };
}

function thingLine(entity: Entity, owner: string | undefined): Fields {
  const { kind, title, ref, metadata, spec } = entity;
  const annotations = fieldsIn(metadata['annotations']);
  const tier = Number(textIn(annotations, 'firebreak.dev/tier'));
  const environment = textIn(annotations, 'firebreak.dev/environment');
  const lifecycle = textIn(spec, 'lifecycle');
  const tags = [
    ...textsIn(metadata['tags']),
    ...(lifecycle === undefined ? [] : [`lifecycle:${lifecycle}`]),
    ...(owner === undefined ? [] : [`owner:${owner}`]),
  ];
  return {
    type: WORDS.get(kind),
    name: title,
    refs: [ref],
    ...(tags.length === 0 ? {} : { tags }),
    ...(environment === undefined ? {} : { environment }),
    ...(Number.isInteger(tier) && tier > 0 && WORDS.get(kind) === 'service' ? { tier } : {}),
  };
}

const edge = (from: string, relation: string, to: string): Fields => ({
  type: 'edge',
  from,
  relation,
  to,
});

/** The identities that its annotations name: what runs as them, and who owns them. */
function identityLines(entity: Entity, owner: string | undefined): readonly Fields[] {
  const annotations = fieldsIn(entity.metadata['annotations']);
  const refs = Object.entries(IDENTITY_ANNOTATIONS).flatMap(([name, refOf]) => {
    const value = textIn(annotations, name);
    return value === undefined ? [] : refOf(value);
  });
  if (refs.length === 0) return [];
  const workload = entity.ref.replace(`${SYSTEM}:entity:`, `${SYSTEM}:workload:`);
  const claim = { role: 'technical', party: owner, basis: 'catalog', confidence: 0.8 };
  return [
    { type: 'workload', name: entity.title, refs: [workload] },
    edge(entity.ref, 'depends-on', workload),
    ...refs.flatMap((ref) => [
      ...(owner === undefined
        ? []
        : [{ type: 'identity', refs: [ref], owners: [claim], waits: true }]),
      edge(workload, 'runs-as', ref),
    ]),
  ];
}

/** One entity as Firebreak's own records; none for kinds that say nothing about identities. */
export function entityRecords(value: unknown): readonly Fields[] | string {
  const entity = entityOf(value);
  if (typeof entity === 'string') return entity;
  const { kind, namespace, ref, spec } = entity;
  const word = WORDS.get(kind);
  if (word === undefined) return [];
  if (word === 'party') return [partyLine(entity)];
  const ownerText = textIn(spec, 'owner');
  const owner = ownerText === undefined ? undefined : entityRef(ownerText, 'group', namespace);
  const system = textIn(spec, 'system');
  return [
    thingLine(entity, owner),
    ...textsIn(spec['dependsOn']).map((to) =>
      edge(ref, 'depends-on', entityRef(to, 'component', namespace)),
    ),
    ...textsIn(spec['consumesApis']).map((to) =>
      edge(ref, 'depends-on', entityRef(to, 'api', namespace)),
    ),
    ...(system === undefined || kind === 'system'
      ? []
      : [edge(entityRef(system, 'system', namespace), 'depends-on', ref)]),
    ...identityLines(entity, owner),
  ];
}

function* documentRecords(text: string, line: number): Generator<SourceRecord> {
  if (text.trim() === '') return;
  const parsed = parseYaml(text);
  if (!parsed.ok) {
    yield { line, problem: `the YAML document: ${parsed.problem}` };
    return;
  }
  if (parsed.value === null) return;
  const records = entityRecords(parsed.value);
  if (typeof records === 'string') yield { line, problem: records };
  else for (const value of records) yield { line, value };
}

/** One document is in memory at a time; a broken one is rejected with the line it begins on. */
export async function* backstageRecords(
  lines: AsyncIterable<NumberedLine>,
): AsyncGenerator<SourceRecord> {
  let texts: string[] = [];
  let length = 0;
  let begun = 1;
  const take = (): string => {
    const isLong = length > LIMITS.catalogDocumentBytesMax;
    const text = isLong ? 'x'.repeat(LIMITS.catalogDocumentBytesMax + 1) : texts.join('\n');
    texts = [];
    length = 0;
    return text;
  };
  for await (const { line, text, isCut } of lines) {
    if (/^---(?:\s|$)/u.test(text)) {
      yield* documentRecords(take(), begun);
      begun = line + 1;
      continue;
    }
    length += isCut ? LIMITS.catalogDocumentBytesMax + 1 : text.length + 1;
    if (length <= LIMITS.catalogDocumentBytesMax) texts.push(text);
  }
  yield* documentRecords(take(), begun);
}
