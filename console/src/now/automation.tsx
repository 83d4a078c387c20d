import { useQuery } from '@tanstack/react-query';
import type { ReactElement, ReactNode } from 'react';
import { readinessQuery, readyQuery, sourcesQuery } from '../data/queries.ts';
import { Mark } from '../mark.tsx';
import type { MarkName } from '../marks.ts';
import { SAY } from '../messages.ts';

interface FactProps {
  readonly name: string;
  readonly mark: MarkName;
  readonly word: string;
  readonly children: ReactNode;
}

function Fact({ name, mark, word, children }: FactProps): ReactElement {
  return (
    <div className="fact">
      <dt>{name}</dt>
      <dd>
        <Mark name={mark}>{word}</Mark>
        <span className="small">{children}</span>
      </dd>
    </div>
  );
}

/** Whether the machine can do what it is trusted with: each fact with its mark, and where to look. */
export function Automation({ unproven }: { readonly unproven: number }): ReactElement {
  const ready = useQuery(readyQuery).data;
  const readiness = useQuery(readinessQuery).data;
  const sources = useQuery(sourcesQuery).data?.sources;
  const failing = ready?.checks.filter(({ ok }) => !ok) ?? [];
  const waiting = sources?.filter(({ pending }) => pending > 0) ?? [];
  return (
    <section aria-labelledby="automation" className="card">
      <h2 id="automation">{SAY.automation}</h2>
      <dl className="facts">
        <Fact
          name="server"
          mark={ready === undefined ? 'waiting' : failing.length === 0 ? 'proven' : 'open'}
          word={ready === undefined ? 'asking' : failing.length === 0 ? 'well' : 'not well'}
        >
          {failing.map(({ name, problem }) => `${name}: ${problem ?? 'it failed'}`).join('; ')}
        </Fact>
        <Fact
          name="cuts"
          mark={unproven === 0 ? 'proven' : 'unproven'}
          word={unproven === 0 ? 'none unproven' : `${unproven} unproven`}
        >
          of open incidents
        </Fact>
        <Fact
          name="can be contained"
          mark={readiness === undefined ? 'waiting' : readiness.share >= 0.9 ? 'proven' : 'held'}
          word={readiness === undefined ? 'asking' : `${Math.floor(readiness.share * 100)} %`}
        >
          {readiness === undefined
            ? ''
            : `${readiness.ready} of ${readiness.identities} identities, ${readiness.ownerless} without owner`}
        </Fact>
        <Fact
          name="sources"
          mark={sources === undefined ? 'waiting' : waiting.length === 0 ? 'proven' : 'held'}
          word={sources === undefined ? 'asking' : `${sources.length} feed the inventory`}
        >
          {waiting.map(({ name, pending }) => `${name} names ${pending} unknown`).join('; ')}
        </Fact>
      </dl>
    </section>
  );
}
