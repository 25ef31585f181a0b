import { Plug } from "lucide-react";

import { useMono } from "../../theme/mono";
import { ForeignServer } from "./ForeignServer";
import { NotYet } from "./NotYet";
import { Group, Row, Says } from "./Rows";
import styles from "./settings.module.css";
import { useForeign } from "./useForeign";

const ADD = "nexus mcp add files --write /srv/notes -- mcp-server-filesystem /srv/notes";

/** Foreign MCP servers: how each is, and what its tools may do here. */
export default function Foreign() {
  useMono();
  const { data, isError, refetch } = useForeign();
  if (!data) {
    return <NotYet what="The servers" failed={isError} onTry={() => void refetch()} />;
  }
  return (
    <>
      <Says>
        Nexus can use the tools of other MCP servers. Each tool is BLACK, and never runs, until you
        have read what it says of itself and chosen; if it says something else later, it is BLACK
        again.
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
