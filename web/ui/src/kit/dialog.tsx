/**
 * Dialogs that hold the page until they are answered. Radix's own overlay is not used: it writes a
 * style element into the page, which our content policy rightly refuses.
 */
import { AlertDialog, Dialog as Radix } from "radix-ui";
import type { ReactNode } from "react";

import { Button } from "./button";
import styles from "./dialog.module.css";

interface Props {
  open: boolean;
  onClose: () => void;
  title: string;
  /** Wide ones are for text that is read. */
  size?: "small" | "wide";
  children: ReactNode;
}

export function Dialog({ open, onClose, title, size = "small", children }: Props) {
  return (
    <Radix.Root open={open} onOpenChange={(now) => (now ? undefined : onClose())}>
      <Radix.Portal>
        <div className={styles.veil} />
        <Radix.Content
          className={styles.dialog}
          data-size={size}
          data-modal
          aria-describedby={undefined}
        >
          <Radix.Title className="unseen">{title}</Radix.Title>
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

interface FormProps {
  title: string;
  says?: ReactNode;
  children?: ReactNode;
  /** The button that does it, named by its verb. */
  act: string;
  busy?: string | false;
  disabled?: boolean;
  onSubmit: () => void;
  onClose: () => void;
}

/** The inside of a small dialog that asks for something. */
export function DialogForm(props: FormProps) {
  const { title, says, children, act, busy = false, disabled, onSubmit, onClose } = props;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (!disabled && !busy) onSubmit();
      }}
    >
      <div className={styles.body}>
        <h2 className={styles.title} aria-hidden="true">
          {title}
        </h2>
        {says ? <div className={styles.says}>{says}</div> : null}
        {children}
      </div>
      <div className={styles.foot}>
        <Button onClick={onClose}>Cancel</Button>
        <Button look="primary" type="submit" busy={busy} disabled={disabled ?? false}>
          {act}
        </Button>
      </div>
    </form>
  );
}

interface ConfirmProps {
  open: boolean;
  title: string;
  says: string;
  act: string;
  onAct: () => void;
  onClose: () => void;
}

/** Ask before something that cannot be taken back. */
export function Confirm({ open, title, says, act, onAct, onClose }: ConfirmProps) {
  return (
    <AlertDialog.Root open={open} onOpenChange={(now) => (now ? undefined : onClose())}>
      <AlertDialog.Portal>
        <div className={styles.veil} />
        <AlertDialog.Content className={styles.dialog} data-modal>
          <div className={styles.body}>
            <AlertDialog.Title className={styles.title}>{title}</AlertDialog.Title>
            <AlertDialog.Description className={styles.says}>{says}</AlertDialog.Description>
          </div>
          <div className={styles.foot}>
            <AlertDialog.Cancel asChild>
              <Button>Cancel</Button>
            </AlertDialog.Cancel>
            <AlertDialog.Action asChild>
              <Button look="danger" onClick={onAct}>
                {act}
              </Button>
            </AlertDialog.Action>
          </div>
        </AlertDialog.Content>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
