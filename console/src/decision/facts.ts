import type {
  BlastAnswer,
  CollateralAnswer,
  DecisionAnswer,
} from '../../../src/api/contract/index.ts';
import { lengthOf } from '../times.ts';

// What a person has to know before they answer, as sentences. Pure: facts and now in, words out.

/** Why it was asked, as it was put on record. */
export function whyAsked({ history }: Pick<DecisionAnswer, 'history'>): string | null {
  const opened = history.find(({ kind }) => kind === 'decision.opened');
  const why: unknown = opened?.data['why'];
  return typeof why === 'string' ? why : null;
}

type Asked = Pick<DecisionAnswer, 'holders' | 'ladder' | 'approvers' | 'state'>;

/** Why you: the seat you were asked in, and who was silent before you. */
export function whyYou({ holders, ladder, approvers, state }: Asked, me: string | null): string {
  const mine = holders.find(({ person }) => person === me);
  if (mine === undefined) {
    if (approvers.some(({ person }) => person === me)) return 'You approve it beside who decides.';
    if (state !== 'open') return 'It is answered.';
    const people = [...new Set(holders.map(({ person }) => person))];
    return people.length === 0 ? 'Nobody could be asked.' : `Asked of ${people.join(', then ')}.`;
  }
  const at = ladder.findIndex(({ people }) => people.includes(mine.person));
  const before = ladder
    .slice(0, Math.max(0, at))
    .filter(({ openedAt }) => openedAt !== null)
    .flatMap(({ people }) => people);
  const silent = before.length === 0 ? '' : `, after ${before.join(', ')} gave no answer in time`;
  return `Asked of you as ${mine.seat}${silent}.`;
}

export function costOfWaiting(
  blast: Pick<BlastAnswer, 'reachedCount' | 'criticalServiceCount' | 'reachesProduction'>,
): string {
  const { reachedCount, criticalServiceCount, reachesProduction } = blast;
  const critical = `${criticalServiceCount} critical service${criticalServiceCount === 1 ? '' : 's'}`;
  return `whoever holds it reaches ${reachedCount} things${reachesProduction ? ' in production' : ''}, ${critical} among them`;
}

type StageCost = CollateralAnswer['stages'][number];

export function costOfActing({ known, inferred, unknown, services }: StageCost): string {
  if (known + inferred + unknown === 0) return 'nothing that anybody knows of stops';
  const parts = [
    `${known} known`,
    `${inferred} inferred`,
    unknown > 0 ? `${unknown} unknown` : '0 unknown',
  ].join(', ');
  return `${parts} consumers stop; ${services} service${services === 1 ? '' : 's'} with them`;
}

/** Of a question that cuts nothing. */
export function givesBack(cuts: number): string {
  if (cuts === 0) return 'no cut: what leaked stays dead';
  return `${cuts} cut${cuts === 1 ? '' : 's'}, each tried until it works again`;
}

type Silence = Pick<DecisionAnswer, 'byDefault' | 'nextStep' | 'state'>;

/** What happens at the deadline, in the words of the charter. */
export function atDeadline({ byDefault, nextStep, state }: Silence, nowMs: number): string {
  if (state !== 'open') return 'nothing any more: it is answered';
  const next =
    nextStep === null
      ? ''
      : `${nextStep.what} in ${lengthOf(Math.max(0, Date.parse(nextStep.at) - nowMs))}; `;
  if (byDefault === null) return `${next}nothing is done, everything stays as it is`;
  return `${next}when nobody has answered at the end, ${byDefault.stage} happens by itself and can be taken back`;
}
