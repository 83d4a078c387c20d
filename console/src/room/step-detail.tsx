import { useQuery } from '@tanstack/react-query';
import type { ReactElement, ReactNode } from 'react';
import type { Containment } from '../../../src/api/contract/index.ts';
import { collateralQuery } from '../data/queries.ts';
import { Mark } from '../mark.tsx';
import { markOfCut } from '../marks.ts';
import { STATUS_MEANS } from '../messages.ts';
import { dossierOf, type Dossier } from './dossier.ts';
import type { Entry } from './timeline-lines.ts';

function Row({
  name,
  children,
}: {
  readonly name: string;
  readonly children: ReactNode;
}): ReactElement {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

interface ProofProps {
  readonly cut: Containment;
  readonly tries: Dossier['tries'];
}

/** From each side that the target can be tried from: what was said there, or why nothing was. */
function Proof({ cut, tries }: ProofProps): ReactElement {
  const { count, control, error } = tries;
  if (count === 0) return <>not tried yet</>;
  const { method, vantages } = cut.probes;
  return (
    <>
      <ul className="plain">
        {vantages.map(({ vantage, probes, denials, silent }) => (
          <li key={vantage}>
            {vantage}: {denials} of {probes} tries denied
            {silent === null ? '' : `; silent: ${silent}`}
          </li>
        ))}
      </ul>
      by {method}, the control {control ?? 'was not tried'}
      {error === null ? null : (
        <>
          ; the target says <code>{error}</code>
        </>
      )}
    </>
  );
}

function Evidence({ evidence }: { readonly evidence: Dossier['evidence'] }): ReactElement {
  if (evidence === null) return <>not captured yet</>;
  const { captured, missed, burnt } = evidence;
  if (captured.length + missed.length === 0) return <>none is needed before this stage</>;
  return (
    <ul className="plain">
      {captured.map(({ name, sha256 }) => (
        <li key={name}>
          {name} <code title={sha256}>{sha256.slice(0, 12)}</code>
        </li>
      ))}
      {missed.map((name) => (
        <li key={name}>
          <Mark name="open">missed</Mark> {name}
        </li>
      ))}
      {burnt ? <li>the fuse burnt: the cut went on</li> : null}
    </ul>
  );
}

function inverseOf(
  { isOrdered, inverse }: Dossier,
  { reversible }: Containment,
): ReactElement | string {
  if (!reversible) return 'none: this cannot be taken back';
  if (!isOrdered) return 'is recorded before anything is touched';
  return inverse === null ? 'none was needed' : <code>{inverse}</code>;
}

interface CollateralProps {
  readonly identity: string;
  readonly stage: string;
}

function Collateral({ identity, stage }: CollateralProps): ReactElement {
  const { data } = useQuery(collateralQuery(identity));
  const found = data?.stages.find((one) => one.stage === stage);
  if (found === undefined) return <>not known</>;
  const { known, inferred, unknown, services } = found;
  return (
    <>
      {known} known, {inferred} inferred, {unknown} unknown consumers; {services} services
    </>
  );
}

interface StepDetailProps {
  readonly cut: Containment;
  readonly entries: readonly Entry[];
  /** Our id of the identity, when the incident knows it. */
  readonly identity: string | null;
}

/** One step: what was asked, under which authority, what was kept, what shows that it holds, how it is taken back. */
export function StepDetail({ cut, entries, identity }: StepDetailProps): ReactElement {
  const dossier = dossierOf(entries, cut.id);
  const by: unknown = cut.authority?.['by'];
  const under: unknown = cut.authority?.['id'];
  return (
    <section className="card" aria-label="Step">
      <h3>
        {cut.stage} {cut.subject.credential ?? cut.subject.identity} at {cut.target}
      </h3>
      <p>
        <Mark name={markOfCut(cut.status)}>{cut.status}</Mark>{' '}
        <span className="small">{STATUS_MEANS[cut.status]}</span>
      </p>
      <dl className="rows">
        {dossier.why === null ? null : <Row name="why">{dossier.why}</Row>}
        {cut.reason === null ? null : <Row name="says">{cut.reason}</Row>}
        <Row name="authority">{typeof by === 'string' ? `${by} ${String(under)}` : 'none yet'}</Row>
        <Row name="evidence">
          <Evidence evidence={dossier.evidence} />
        </Row>
        <Row name="proof">
          <Proof cut={cut} tries={dossier.tries} />
        </Row>
        <Row name="inverse">{inverseOf(dossier, cut)}</Row>
        <Row name="collateral">
          {identity === null ? 'not known' : <Collateral identity={identity} stage={cut.stage} />}
        </Row>
        <Row name="digest">
          <code>{cut.digest}</code>
        </Row>
      </dl>
    </section>
  );
}
