/** Menus. Not modal, for Radix would lock scrolling with a style element, and our policy forbids it. */
import { Check } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import type { ReactNode } from "react";

import styles from "./menu.module.css";

interface Props {
  /** The button that opens it. */
  button: ReactNode;
  align?: "start" | "end";
  side?: "top" | "bottom";
  /** Given when something else than its button opens it too. */
  open?: boolean;
  onOpen?: (open: boolean) => void;
  children: ReactNode;
}

export function Menu({ button, align = "start", side = "bottom", children, ...rest }: Props) {
  const { open, onOpen } = rest;
  return (
    <DropdownMenu.Root
      modal={false}
      {...(open === undefined ? {} : { open })}
      {...(onOpen ? { onOpenChange: onOpen } : {})}
    >
      <DropdownMenu.Trigger asChild>{button}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          className={styles.menu}
          align={align}
          side={side}
          sideOffset={6}
          collisionPadding={12}
        >
          {children}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

interface ItemProps {
  icon?: ReactNode;
  danger?: boolean;
  disabled?: boolean;
  onSelect: () => void;
  children: ReactNode;
}

export function MenuItem({
  icon,
  danger = false,
  disabled = false,
  onSelect,
  children,
}: ItemProps) {
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

export interface Option<T extends string> {
  value: T;
  label: string;
  second?: string | undefined;
}

interface ChoiceProps<T extends string> {
  label: string;
  value: T;
  options: Option<T>[];
  onChoose: (value: T) => void;
}

/** One of several. */
export function MenuChoice<T extends string>({ label, value, options, onChoose }: ChoiceProps<T>) {
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

export function MenuLine() {
  return <DropdownMenu.Separator className={styles.line} />;
}
