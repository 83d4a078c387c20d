import type { AuthorityResolution } from '../../authority/index.ts';
import { digestOf, type Id, LIMITS } from '../../kernel/index.ts';
import type { CutState } from '../containment/model.ts';
import { grouped } from '../decisions/cards.ts';
import { rungsOf } from '../decisions/rungs.ts';
import type { SubjectState } from '../incident/model.ts';

/** What is asked about one identity. */
export interface Ask {
  readonly subject: SubjectState;
  readonly cuts: readonly CutState[];
}

/** One question about a list: the rules and people of its first member are those of all of them. */
export interface ListQuestion {
  readonly resolution: AuthorityResolution;
  readonly identity: Id<'identity'>;
  readonly cuts: readonly CutState[];
}

interface Placed extends Ask {
  /** Who is asked under which rules; those who differ in it never share a question. */
  readonly ladder: string;
  readonly class: string;
  readonly target: string;
}

/** From the finest to the coarsest. */
const GRAINS = [
  ['ladder', 'class', 'target'],
  ['ladder', 'class'],
  ['ladder'],
] as const satisfies readonly (readonly (keyof Placed)[])[];

/**
 * At most twelve, in the order of their worst members. INVARIANT: nobody is asked about what another right decides, so
 * there are more than twelve only where more than twelve different ladders decide.
 */
export function questionsOfBatch(
  asks: readonly Ask[],
  questionsMax: number = LIMITS.cardsMax,
): readonly ListQuestion[] {
  const placed = asks.map<Placed>((one) => ({
    ...one,
    ladder: ladderOf(one.subject.resolution),
    class: one.subject.resolution.classes.join(' and '),
    target: one.subject.target,
  }));
  const all = GRAINS.map((parts) => grouped(placed, parts));
  const groups = all.find((one) => one.length <= questionsMax) ?? all.at(-1) ?? [];
  return groups.flatMap((members) => {
    const [first] = members;
    if (first === undefined) return [];
    const { resolution, identity } = first.subject;
    return [{ resolution, identity, cuts: members.flatMap((one) => one.cuts) }];
  });
}

/** Everything that a question has only once, however long its list. */
function ladderOf(resolution: AuthorityResolution): string {
  const { right, charter, handOff, quorum, distinct, atDeadline, meanwhile } = resolution;
  const { approve, advise, rejectHoldsMs, silence } = resolution;
  const rungs = rungsOf(resolution).map(({ seat, people, acknowledgeByMs, decideByMs }) => ({
    seat,
    people,
    acknowledgeByMs,
    decideByMs,
  }));
  const parts = { right, charter, rungs, handOff, quorum, distinct, atDeadline, meanwhile };
  return digestOf(
    JSON.parse(JSON.stringify({ ...parts, approve, advise, rejectHoldsMs, silence })),
  );
}
