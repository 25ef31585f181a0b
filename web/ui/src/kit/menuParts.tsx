/** What a menu is once it opens: Radix, with all that places it, in a chunk of its own. */
import { Check } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import { useRef, type FocusEvent } from "react";

import type { ChoiceProps, ItemProps, MenuProps } from "./menu";
import styles from "./menu.module.css";

interface Props extends MenuProps {
  open: boolean;
  onOpen: (open: boolean) => void;
  /** Whether the first item has the focus, when it is drawn open: the key was pressed before. */
  atFirst: boolean;
}

/** Not modal, for Radix would lock scrolling with a style element, and our policy forbids it. */
export function Menu({ button, align = "start", side = "bottom", children, ...rest }: Props) {
  const { open, onOpen, atFirst } = rest;
  const due = useRef(open && atFirst);
  const onFocus = ({ target, currentTarget }: FocusEvent<HTMLElement>) => {
    if (!due.current || target !== currentTarget) return;
    due.current = false;
    currentTarget.querySelector<HTMLElement>("[role^=menuitem]")?.focus();
  };
  return (
    <DropdownMenu.Root modal={false} open={open} onOpenChange={onOpen}>
      <DropdownMenu.Trigger asChild>{button}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          className={styles.menu}
          align={align}
          side={side}
          sideOffset={6}
          collisionPadding={12}
          onFocus={onFocus}
        >
          {children}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

export function Item({ icon, danger = false, disabled = false, onSelect, children }: ItemProps) {
  return (
    <DropdownMenu.Item
      className={`${styles.item} ${danger ? styles.danger : ""}`}
      disabled={disabled}
      onSelect={onSelect}
    >
      {icon}
      {children}
    </DropdownMenu.Item>
  );
}

export function Choice<T extends string>({ label, value, options, onChoose }: ChoiceProps<T>) {
  return (
    <DropdownMenu.RadioGroup
      value={value}
      onValueChange={(chosen) => onChoose(chosen as T)}
      aria-label={label}
    >
      <DropdownMenu.Label className={styles.label}>{label}</DropdownMenu.Label>
      {options.map((each) => (
        <DropdownMenu.RadioItem key={each.value} value={each.value} className={styles.item}>
          <span className={styles.mark}>
            <DropdownMenu.ItemIndicator>
              <Check size={16} strokeWidth={1.75} aria-hidden />
            </DropdownMenu.ItemIndicator>
          </span>
          <span className={styles.texts}>
            {each.label}
            {each.second ? <span className={styles.second}>{each.second}</span> : null}
          </span>
        </DropdownMenu.RadioItem>
      ))}
    </DropdownMenu.RadioGroup>
  );
}

export function Line() {
  return <DropdownMenu.Separator className={styles.line} />;
}
