import type { CutState, CutStatus } from '../containment/model.ts';
import type { IncidentState } from '../incident/model.ts';
import type { Hold } from './model.ts';

const IN_FORCE: ReadonlySet<CutStatus> = new Set([
  'applied',
  'proving',
  'proven',
  'residual',
  'unproven',
  'irrevocable',
]);

/** What the cuts of an open incident mean for one credential; G1 alone does not stop an attacker from minting. */
export function holdOf(
  state: IncidentState | null,
  identity: string,
  credential: string | undefined,
): Hold {
  const subject = state?.subjects.find((one) => one.identity === identity);
  if (state === null || subject === undefined) return 'unsuspected';
  const cuts = state.cuts.filter((cut) => isAbout(cut, identity, credential));
  const force = cuts.filter((cut) => IN_FORCE.has(cut.status)).map((cut) => cut.order.guarantee);
  if (force.includes('G4') || force.includes('G5')) return 'dead';
  if (force.includes('G2') || force.includes('G3')) return 'held';
  const exposed = subject.credentials.filter((one) => one.exposed).map((one) => one.ref);
  // Another credential of this identity leaked, and this one did not.
  const isOther = credential !== undefined && exposed.length > 0 && !exposed.includes(credential);
  return isOther ? 'unsuspected' : 'unheld';
}

function isAbout(cut: CutState, identity: string, credential: string | undefined): boolean {
  if (cut.subject.identity !== identity) return false;
  const { grain, subject } = cut.order;
  return grain === 'identity' || (grain === 'credential' && subject.credential === credential);
}
