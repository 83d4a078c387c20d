import { randomInteger, type Random } from '../../../src/kernel/index.ts';
import { type Case, CASE_KINDS, startAttack } from './cases.ts';
import { TARGETS, type World } from './world.ts';

/** A mint around the time of the first cut, before or after it. */
const MINT_MS_MAX = 1_500;

/** New cases, each with an identity that no other case has. */
export async function createSupply(
  world: World,
  random: Random,
): Promise<(count: number) => Promise<readonly Case[]>> {
  const unused = await unusedIdentities(world);
  const newCase = async (kind: Case['kind'], mintAtMs: number): Promise<Case> => {
    const [taken] = unused.splice(randomInteger(random, unused.length), 1);
    if (taken === undefined) throw new Error('the world has too few identities');
    const suspectAtMs = Date.now();
    const subject = await world.subjectOf(taken.target, taken.identity);
    const attacker = kind === 'leak' ? await startAttack(world, subject, mintAtMs) : null;
    const access = world.targets.find((each) => each.name === taken.target);
    const tellsCredentialsApart = access?.grain === 'credential';
    const memory = { acts: new Map(), incident: null, settled: false };
    const name = `${taken.target}/${taken.identity}`;
    return { name, kind, subject, tellsCredentialsApart, attacker, suspectAtMs, ...memory };
  };
  return (count) =>
    Promise.all(
      Array.from({ length: count }, (_none, number) =>
        newCase(
          CASE_KINDS[number % CASE_KINDS.length] ?? 'leak',
          randomInteger(random, MINT_MS_MAX),
        ),
      ),
    );
}

/** How many identities each target needs for so many cases. */
export function identitiesFor(cases: number): number {
  return Math.ceil(cases / TARGETS.length) + 1;
}

interface InventoryLine {
  readonly type: string;
  readonly refs?: readonly { readonly system: string; readonly value: string }[];
}

/** Every identity of the organisation that is neither ours nor an administrator's. */
async function unusedIdentities(
  world: World,
): Promise<{ readonly target: string; readonly identity: string }[]> {
  const own = new Set(['firebreak', 'probe-control', 'platform-admin', 'break-glass']);
  const targets = new Set<string>(TARGETS);
  const lines = (await world.inventory()).split('\n').filter((line) => line !== '');
  return lines.flatMap((line) => {
    // Lines of an inventory as the world writes them.
    const { type, refs = [] } = JSON.parse(line) as InventoryLine;
    const [ref] = refs;
    if (type !== 'identity' || ref === undefined || !targets.has(ref.system)) return [];
    return own.has(ref.value) ? [] : [{ target: ref.system, identity: ref.value }];
  });
}
