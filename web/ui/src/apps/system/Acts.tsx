import { lazy, Suspense } from "react";

import type { ApprovalCard as Card } from "../../generated";
import { Button } from "../../kit/button";
import { Spinner } from "../../kit/state";
import { TierShape, type Tier } from "../../kit/tier";
import styles from "./system.module.css";
import { useAct, useDoing, type Act } from "./useTool";

const ApprovalCard = lazy(() => import("../chat/ApprovalCard"));

export interface Offer extends Act {
  /** The verb on the button. */
  verb: string;
}

interface Props {
  /** What is acted on, as a person calls it. */
  name: string;
  target: string;
  offers: readonly Offer[];
  tiers: Map<string, Tier>;
  asked: Card | undefined;
}

/** What can be done to one thing, each with the shape of its tier; or that it is being done. */
export function Acts({ name, target, offers, tiers, asked }: Props) {
  const act = useAct();
  const doing = useDoing(target);
  if (asked) return <span className={styles.waits}>Asked, waiting for you</span>;
  if (doing) {
    return (
      <span className={styles.doing} role="status">
        <Spinner />
        {doing}
      </span>
    );
  }
  return offers.map((offer) => {
    const tier = tiers.get(offer.tool);
    // What the person may not do is not offered.
    if (!tier) return null;
    return (
      <Button
        key={offer.verb}
        look="quiet"
        aria-label={`${offer.verb} ${name}`}
        onClick={() => void act(offer)}
      >
        <TierShape tier={tier} size={13} />
        {offer.verb}
      </Button>
    );
  });
}

/** The card of what waits, below the row that it is about. */
export function Asked({ approval }: { approval: Card | undefined }) {
  if (!approval) return null;
  return (
    <div className={styles.asked}>
      <Suspense fallback={null}>
        <ApprovalCard approval={approval} />
      </Suspense>
    </div>
  );
}
