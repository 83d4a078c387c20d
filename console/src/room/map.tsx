import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState, type ReactElement } from 'react';
import type {
  BlastAnswer,
  CheapestCutAnswer,
  IncidentAnswer,
} from '../../../src/api/contract/index.ts';
import { ask } from '../data/ask.ts';
import { blastQuery } from '../data/queries.ts';
import { Loaded } from '../frame/problem.tsx';
import { useTheme } from '../frame/theme.ts';
import { Mark } from '../mark.tsx';
import { drawMap } from './draw-map.ts';
import { mapOf, type MapElements } from './map-elements.ts';

type Identity = IncidentAnswer['identities'][number];

function Picture({ elements }: { readonly elements: MapElements }): ReactElement {
  const place = useRef<HTMLDivElement>(null);
  const theme = useTheme();
  useEffect(
    () => (place.current === null ? undefined : drawMap(place.current, elements)),
    // Drawn anew in the colours of another theme.
    // oxlint-disable-next-line react/exhaustive-deps
    [elements, theme],
  );
  // The list below says the same to those who do not see the picture.
  return <div ref={place} className="map card" aria-hidden="true" />;
}

interface OfOneProps {
  readonly identity: Identity;
  readonly blast: BlastAnswer;
}

function OfOne({ identity, blast }: OfOneProps): ReactElement {
  const cut = useQuery({
    queryKey: ['cheapest-cut', identity.id],
    queryFn: () =>
      ask<CheapestCutAnswer>('/v1/dependencies/cheapest-cut', {
        method: 'POST',
        body: { compromised: [identity.id] },
      }),
    staleTime: 60_000,
  });
  const elements = mapOf(identity, blast, cut.data ?? null);
  return (
    <div className="stack">
      <Picture elements={elements} />
      {cut.data === undefined ? null : (
        <section aria-label="Proposed cuts">
          <h3>Proposed cuts</h3>
          <p className="small">{cut.data.why}</p>
          <ul className="plain lines">
            {cut.data.cuts.map(({ id, name, kind, breaks }) => (
              <li key={id}>
                <Mark name="held">cut</Mark>
                <span>
                  {kind} {name} <span className="small">breaks {breaks.consumers} consumers</span>
                </span>
              </li>
            ))}
          </ul>
        </section>
      )}
      <section aria-label="Reached">
        <h3>Whoever holds it reaches</h3>
        <ol className="plain lines">
          {blast.reached.map(({ id, name, kind, tier, depth }) => (
            <li key={id}>
              <Mark name={tier === 1 ? 'open' : 'held'}>{`after ${depth}`}</Mark>
              <span>
                {name}{' '}
                <span className="small">
                  {kind}
                  {tier === null ? '' : `, tier ${tier}`}
                </span>
              </span>
            </li>
          ))}
        </ol>
      </section>
    </div>
  );
}

/** The attacker's reach from each identity of the incident, with the cheapest cuts that separate it. */
export function DependencyMap({
  identities,
}: {
  readonly identities: readonly Identity[];
}): ReactElement {
  const [chosen, choose] = useState(identities[0]?.id ?? '');
  const identity = identities.find(({ id }) => id === chosen) ?? identities[0];
  const blast = useQuery({ ...blastQuery(identity?.id ?? ''), enabled: identity !== undefined });
  return (
    <div className="stack">
      {identities.length < 2 ? null : (
        <label className="field">
          <span className="small">Identity</span>
          <select
            value={chosen}
            onChange={({ target }) => {
              choose(target.value);
            }}
          >
            {identities.map(({ id, name, target }) => (
              <option key={id} value={id}>
                {name} on {target}
              </option>
            ))}
          </select>
        </label>
      )}
      {identity === undefined ? null : (
        <Loaded of={blast} rows={10}>
          {(found) => <OfOne identity={identity} blast={found} />}
        </Loaded>
      )}
    </div>
  );
}
