import { type Id, isId, type JsonObject, LIMITS, toTimestamp } from '../kernel/index.ts';
import { appendCommands } from '../ledger/index.ts';
import { PRIORITY, type StepPlan } from '../runner/index.ts';
import type { Signal } from '../signals/index.ts';
import type { SuspectNamed } from './decisions/model.ts';
import type { ResponseParts } from './parts.ts';
import { listSuspects, suspectCommand } from './people-store.ts';

/** Who is meant, from the parameters of the decision that marks them. */
export function suspectIn(parameters: JsonObject): SuspectNamed | null {
  const { kind, name } = parameters;
  if (typeof name !== 'string' || name === '') return null;
  return isKind(kind) ? { kind, name } : null;
}

const KINDS: readonly SuspectNamed['kind'][] = ['person', 'channel', 'source'];

function isKind(kind: unknown): kind is SuspectNamed['kind'] {
  return KINDS.some((one) => one === kind);
}

export interface SpreadPayload {
  readonly suspect: SuspectNamed;
  readonly by: Id<'decision'> | Id<'signal'>;
}

/** In the commit that marks them: what they were asked and have answered is looked at again. */
export function spreadStep(
  parts: Pick<ResponseParts, 'ids' | 'clock'>,
  suspect: SuspectNamed,
  by: SpreadPayload['by'],
): StepPlan {
  const id = parts.ids.next('step');
  return {
    id,
    kind: 'suspect.spread',
    subject: by,
    lane: null,
    target: null,
    priority: PRIORITY.cut,
    dueAtMs: parts.clock.nowMs(),
    key: id,
    payload: { suspect: { ...suspect }, by },
  };
}

const TAKEN_BACK = 'taken-back';

/** Taking a suspicion back is the same decision, with the same two people. Null = neither form. */
export function markIn({ mark }: JsonObject): 'marked' | 'taken-back' | null {
  if (mark === undefined) return 'marked';
  return mark === TAKEN_BACK ? TAKEN_BACK : null;
}

/** Whom a signal of an identity provider means: people of the roster, and channels. */
export function suspectsOf(
  parts: Pick<ResponseParts, 'signals' | 'authority'>,
  { source, type, authenticity, refs }: Signal,
): readonly SuspectNamed[] {
  // INVARIANT: no word that is not signed marks anybody, and none takes it back.
  if (authenticity !== 'signed' || type === 'all-clear') return [];
  if (!parts.signals.isIdentityProvider(source)) return [];
  const { people } = parts.authority.roster();
  return refs.flatMap<SuspectNamed>(({ system, type: kind, value: name }) => {
    if (system !== 'roster') return [];
    if (kind === 'person' && people.has(name)) return [{ kind, name }];
    return kind === 'channel' ? [{ kind, name }] : [];
  });
}

/** At once and in one commit, as far as the limit goes. Returns who is left for people to decide about. */
export async function markBySignal(
  parts: ResponseParts,
  signal: Signal,
): Promise<readonly SuspectNamed[]> {
  const named = suspectsOf(parts, signal);
  if (named.length === 0) return [];
  const known = await listSuspects(parts.store);
  const added = named.filter(
    (one) => !known.some(({ kind, name }) => kind === one.kind && name === one.name),
  );
  const room = LIMITS.suspectsBySignalMax - known.filter(({ by }) => isId('signal', by)).length;
  const marked = added.slice(0, Math.max(0, room));
  if (marked.length > 0) await mark(parts, signal, marked);
  return added.slice(marked.length);
}

async function mark(
  parts: ResponseParts,
  { id: by, source }: Signal,
  marked: readonly SuspectNamed[],
): Promise<void> {
  const atMs = parts.clock.nowMs();
  const spread = parts.runner.plan(marked.map((suspect) => spreadStep(parts, suspect, by)));
  const entries = marked.map((suspect) => ({
    id: parts.ids.next('entry'),
    at: toTimestamp(atMs),
    kind: 'suspect.marked',
    actor: `source:${source}`,
    incident: null,
    ordinal: null,
    data: { suspect: { ...suspect }, by },
  }));
  await parts.store.write([
    ...marked.map((suspect) => suspectCommand({ ...suspect, by, atMs })),
    ...spread.commands,
    ...appendCommands(entries),
  ]);
  spread.start();
  parts.ledger.written();
}
