import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState, type ReactElement } from 'react';
import {
  Autocomplete,
  Dialog,
  Header,
  Input,
  ListBox,
  ListBoxItem,
  ListBoxSection,
  Modal,
  ModalOverlay,
  SearchField,
  useFilter,
} from 'react-aria-components';
import type { Decision, IncidentSummary } from '../../../src/api/contract/index.ts';
import { myDecisionsQuery, openIncidentsQuery } from '../data/queries.ts';
import { SCREENS } from '../messages.ts';
import { THEMES, chooseTheme } from './theme.ts';

interface Choice {
  readonly id: string;
  readonly name: string;
  readonly run: () => void;
}

interface Group {
  readonly name: string;
  readonly choices: readonly Choice[];
}

/** What is open now is known already: nothing is asked for the palette. */
function useGroups(): readonly Group[] {
  const navigate = useNavigate();
  const client = useQueryClient();
  const decisions = client.getQueryData<readonly Decision[]>(myDecisionsQuery.queryKey) ?? [];
  const incidents =
    client.getQueryData<readonly IncidentSummary[]>(openIncidentsQuery.queryKey) ?? [];
  return [
    {
      name: 'Decisions',
      choices: decisions.map(({ id, question }) => ({
        id,
        name: question,
        run: () => void navigate({ to: '/decisions/$id', params: { id } }),
      })),
    },
    {
      name: 'Incidents',
      choices: incidents.map(({ id, title }) => ({
        id,
        name: title,
        run: () => void navigate({ to: '/incidents/$id', params: { id } }),
      })),
    },
    {
      name: 'Go to',
      choices: SCREENS.map(({ name, path }) => ({
        id: path,
        name,
        run: () => void navigate({ to: path }),
      })),
    },
    {
      name: 'Colours',
      choices: THEMES.map((theme) => ({
        id: `theme ${theme}`,
        name: theme,
        run: () => {
          chooseTheme(theme);
        },
      })),
    },
  ].filter(({ choices }) => choices.length > 0);
}

function Choices({ close }: { readonly close: () => void }): ReactElement {
  const { contains } = useFilter({ sensitivity: 'base' });
  const groups = useGroups();
  const all = groups.flatMap(({ choices }) => choices);
  const [text, setText] = useState('');
  return (
    <Autocomplete filter={contains} inputValue={text} onInputChange={setText}>
      <SearchField aria-label="Search" autoFocus className="palette-field">
        <Input placeholder="An incident, a decision, a screen" />
      </SearchField>
      <ListBox
        aria-label="Results"
        className="palette-list"
        renderEmptyState={() => <p className="small">Nothing open is called that.</p>}
        onAction={(key) => {
          close();
          all.find(({ id }) => id === key)?.run();
        }}
      >
        {groups.map(({ name, choices }) => (
          <ListBoxSection key={name} id={name}>
            <Header className="small">{name}</Header>
            {choices.map((choice) => (
              <ListBoxItem key={choice.id} id={choice.id} textValue={choice.name}>
                {choice.name}
              </ListBoxItem>
            ))}
          </ListBoxSection>
        ))}
      </ListBox>
    </Autocomplete>
  );
}

interface PaletteProps {
  readonly isOpen: boolean;
  readonly onOpenChange: (isOpen: boolean) => void;
}

export function Palette({ isOpen, onOpenChange }: PaletteProps): ReactElement {
  return (
    <ModalOverlay isOpen={isOpen} onOpenChange={onOpenChange} isDismissable className="overlay">
      <Modal className="modal palette">
        <Dialog aria-label="Go to">
          <Choices
            close={() => {
              onOpenChange(false);
            }}
          />
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
