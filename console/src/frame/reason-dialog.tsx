import { useMutation } from '@tanstack/react-query';
import { useState, type ReactElement, type ReactNode } from 'react';
import {
  Button,
  Dialog,
  Heading,
  Label,
  Modal,
  ModalOverlay,
  TextArea,
  TextField,
} from 'react-aria-components';
import { SAY } from '../messages.ts';
import { ProblemNotice } from './problem.tsx';

interface ReasonFieldProps {
  readonly value: string;
  readonly onChange: (text: string) => void;
}

export function ReasonField({ value, onChange }: ReasonFieldProps): ReactElement {
  return (
    <TextField value={value} onChange={onChange} className="field" maxLength={2_000}>
      <Label>Reason, for the ledger</Label>
      <TextArea rows={2} />
    </TextField>
  );
}

interface ReasonDialogProps {
  readonly title: string;
  readonly verb: string;
  readonly isOpen: boolean;
  readonly onOpenChange: (isOpen: boolean) => void;
  readonly send: (reason: string) => Promise<unknown>;
  readonly children?: ReactNode;
}

/** An act that needs nothing typed but its reason. It stays open when it was refused, and says why. */
export function ReasonDialog(props: ReasonDialogProps): ReactElement {
  const { title, verb, isOpen, onOpenChange, send, children } = props;
  const [reason, setReason] = useState('');
  const sending = useMutation({
    mutationFn: send,
    onSuccess: () => {
      setReason('');
      onOpenChange(false);
    },
  });
  return (
    <ModalOverlay isOpen={isOpen} onOpenChange={onOpenChange} isDismissable className="overlay">
      <Modal className="modal">
        <Dialog>
          <Heading slot="title">{title}</Heading>
          {children}
          <ReasonField value={reason} onChange={setReason} />
          {sending.error === null ? null : <ProblemNotice error={sending.error} />}
          <div className="row">
            <Button
              className="button primary"
              isDisabled={reason.trim() === '' || sending.isPending}
              onPress={() => {
                sending.mutate(reason.trim());
              }}
            >
              {sending.isPending ? SAY.sending : verb}
            </Button>
            <Button slot="close" className="button">
              Cancel
            </Button>
          </div>
          {reason.trim() === '' ? <p className="small">{SAY.reasonNeeded}</p> : null}
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
