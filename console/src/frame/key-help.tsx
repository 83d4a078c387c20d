import type { ReactElement } from 'react';
import { Button, Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import { useShortcuts } from './keys.ts';

interface KeyHelpProps {
  readonly isOpen: boolean;
  readonly onOpenChange: (isOpen: boolean) => void;
}

export function KeyHelp({ isOpen, onOpenChange }: KeyHelpProps): ReactElement {
  const shortcuts = useShortcuts();
  return (
    <ModalOverlay isOpen={isOpen} onOpenChange={onOpenChange} isDismissable className="overlay">
      <Modal className="modal">
        <Dialog>
          <Heading slot="title">Keys on this screen</Heading>
          <dl className="keys">
            {shortcuts.map(({ keys, does }) => (
              <div key={keys}>
                <dt>
                  {keys.split(' ').map((key, place) => (
                    // `g g` is the same key twice.
                    // oxlint-disable-next-line react/no-array-index-key
                    <kbd key={place}>{key}</kbd>
                  ))}
                </dt>
                <dd>{does}</dd>
              </div>
            ))}
          </dl>
          <Button slot="close" className="button">
            Close
          </Button>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
