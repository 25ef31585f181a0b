import { Button } from "../../kit/button";
import { Skeleton } from "../../kit/page";
import { Group, Row } from "./Rows";

interface Props {
  /** What is not there: `The rules`. */
  what: string;
  /** Whether it was asked for in vain; else it is on its way. */
  failed: boolean;
  /** About how many rows it will have. */
  rows?: number;
  onTry: () => void;
}

/** What a pane shows in the place of what it does not have: its shape, or that it did not come. */
export function NotYet({ what, failed, rows = 3, onTry }: Props) {
  if (!failed) return <Skeleton rows={rows} />;
  return (
    <Group>
      <Row title={`${what} did not come`}>
        <Button onClick={onTry}>Try again</Button>
      </Row>
    </Group>
  );
}
