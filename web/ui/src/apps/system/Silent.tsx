import { Unplug } from "lucide-react";

import { Button } from "../../kit/button";
import { FactPage } from "../../kit/page";

/** What was asked for did not come. */
export function Silent({ error, onTry }: { error: Error; onTry: () => void }) {
  return (
    <FactPage
      bad
      icon={<Unplug size={22} strokeWidth={1.75} aria-hidden />}
      title="This cannot be shown now"
      says={error.message}
    >
      <Button onClick={onTry}>Try again</Button>
    </FactPage>
  );
}
