import { useQuery } from '@tanstack/react-query';
import type { ReactElement, ReactNode } from 'react';
import type { CollateralAnswer, DecisionAnswer } from '../../../src/api/contract/index.ts';
import { useNow } from '../clock.ts';
import { blastQuery, collateralQuery, incidentQuery } from '../data/queries.ts';
import { Ago } from '../time.tsx';
import { atDeadline, costOfActing, costOfWaiting, givesBack, whyAsked } from './facts.ts';

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

/** What was heard, from whom, how sure they are: each signal adds to it. */
function Signals({ incident }: { readonly incident: string }): ReactElement {
  const { data } = useQuery(incidentQuery(incident));
  const word = (value: unknown): string => (typeof value === 'string' ? value : '');
  if (data?.signals.length === 0) return <>no signal: a person asked for it</>;
  return (
    <ul className="plain">
      {(data?.signals ?? []).map((signal) => (
        <li key={word(signal['id'])}>
          {word(signal['type'])} from {word(signal['source'])}{' '}
          <span className="small">
            {word(signal['authenticity'])}, {word(signal['confidence'])},{' '}
            <Ago at={word(signal['occurredAt'])} />
          </span>
        </li>
      ))}
    </ul>
  );
}

function Alternatives({
  stages,
  asked,
}: {
  readonly stages: CollateralAnswer['stages'];
  readonly asked: string | null;
}): ReactElement {
  return (
    <ul className="plain">
      {stages
        .filter(({ stage }) => stage !== asked)
        .map((one) => (
          <li key={one.stage}>
            {one.stage}:{' '}
            <span className="small">
              {costOfActing(one)}; {one.why}
              {one.reversible ? '' : '; cannot be taken back'}
            </span>
          </li>
        ))}
    </ul>
  );
}

/** Who stops when it is done, by name: what is known, what is inferred, what nobody knows. */
function Consumers({ collateral }: { readonly collateral: CollateralAnswer }): ReactElement {
  const { known, inferred, unknown } = collateral;
  return (
    <details>
      <summary>The cut card</summary>
      {(
        [
          ['known', known],
          ['inferred', inferred],
        ] as const
      ).map(([basis, consumers]) => (
        <div key={basis}>
          <h3>{basis}</h3>
          {consumers.length === 0 ? <p className="small">none</p> : null}
          <ul className="plain">
            {consumers.map(({ id, name, kind, services, confidence }) => (
              <li key={id}>
                {name}{' '}
                <span className="small">
                  {kind}, {services.map((service) => service.name).join(', ') || 'no service named'}
                  , {Math.round(confidence * 100)} % sure
                </span>
              </li>
            ))}
          </ul>
        </div>
      ))}
      <h3>unknown</h3>
      {unknown.length === 0 ? <p className="small">none</p> : null}
      <ul className="plain">
        {unknown.map(({ why, count }) => (
          <li key={why}>
            {count}: {why}
          </li>
        ))}
      </ul>
    </details>
  );
}

/** Everything that somebody needs before they answer, in the order in which it is asked at night. */
export function Card({ decision }: { readonly decision: DecisionAnswer }): ReactElement {
  const { about, stage, incident } = decision;
  const now = useNow();
  const asked = { enabled: about !== null };
  const collateral = useQuery({ ...collateralQuery(about?.id ?? ''), ...asked }).data;
  const blast = useQuery({ ...blastQuery(about?.id ?? ''), ...asked }).data;
  const cost = collateral?.stages.find((one) => one.stage === stage);
  const why = whyAsked(decision);
  return (
    <section className="card" aria-label="What is known">
      <dl className="rows">
        {why === null ? null : <Row name="Why asked">{why}</Row>}
        <Row name="Heard">
          <Signals incident={incident} />
        </Row>
        {stage === null ? (
          <Row name="Gives back">{givesBack(decision.cuts.length)}</Row>
        ) : (
          <>
            <Row name="If you wait">{blast === undefined ? 'not known' : costOfWaiting(blast)}</Row>
            <Row name="If you act">{cost === undefined ? 'not known' : costOfActing(cost)}</Row>
          </>
        )}
        <Row name="If nobody answers">{atDeadline(decision, now)}</Row>
      </dl>
      {collateral === undefined || stage === null ? null : (
        <details>
          <summary>Instead of {stage}</summary>
          <Alternatives stages={collateral.stages} asked={stage} />
        </details>
      )}
      {collateral === undefined || stage === null ? null : <Consumers collateral={collateral} />}
    </section>
  );
}
