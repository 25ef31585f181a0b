import { Plug } from "lucide-react";

import { Button } from "../../kit/button";
import { Skeleton } from "../../kit/page";
import { useMono } from "../../theme/mono";
import { ForeignServer } from "./ForeignServer";
import { Group, Row, Says } from "./Rows";
import styles from "./settings.module.css";
import { useForeign } from "./useForeign";

const ADD = "nexus mcp add files --write /srv/notes -- mcp-server-filesystem /srv/notes";

/** Foreign MCP servers: how each is, and what its tools may do here. */
export default function Foreign() {
  useMono();
  const { data, isError, refetch } = useForeign();
  if (isError && !data) {
    return (
      <Group>
        <Row title="The servers did not come">
          <Button onClick={() => void refetch()}>Try again</Button>
        </Row>
      </Group>
    );
  }
  if (!data) return <Skeleton rows={3} />;
  return (
    <>
      <Says>
        Your agent can use the tools of other MCP servers. Each tool is BLACK, and never runs, until
        you have read what it says of itself and chosen; if it says something else later, it is
        BLACK again.
      </Says>
      {data.servers.map((each) => (
        <ForeignServer key={each.name} server={each} />
      ))}
      <Group title={data.servers.length ? "Another one" : "No server yet"}>
        <Row
          icon={<Plug size={18} strokeWidth={1.75} aria-hidden />}
          title="One is added in the terminal"
          second={
            <>
              There you see in full what will run, and in which room. For example
              <code className={styles.exactly}>{ADD}</code>
            </>
          }
        />
      </Group>
    </>
  );
}
