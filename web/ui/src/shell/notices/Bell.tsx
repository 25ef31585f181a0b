import { Bell as Sign } from "lucide-react";
import { Popover } from "radix-ui";
import { lazy, Suspense } from "react";

import { Skeleton } from "../../kit/page";
import styles from "./notices.module.css";
import { useBell, useNoticesTold } from "./useNotices";

const Panel = lazy(() => import("./Panel"));

/** What the server has to tell: how much of it is new, and the way to it. */
export default function Bell({ size = 16 }: { size?: number }) {
  useNoticesTold();
  const { open, unseen } = useBell();
  const label = unseen ? `Notices, ${unseen} new` : "Notices";
  return (
    <Popover.Root open={open} onOpenChange={(now) => useBell.setState({ open: now })}>
      <Popover.Trigger className={styles.bell} aria-label={label} title={label}>
        <Sign size={size} strokeWidth={1.75} aria-hidden />
        {unseen ? (
          <b className={styles.badge} aria-hidden="true">
            {Math.min(unseen, 99)}
          </b>
        ) : null}
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          className={styles.panel}
          align="end"
          sideOffset={8}
          collisionPadding={8}
          aria-label="Notices"
        >
          <Suspense fallback={<Skeleton />}>
            <Panel />
          </Suspense>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
