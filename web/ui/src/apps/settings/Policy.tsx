import { useQuery } from "@tanstack/react-query";

import { tools } from "../../api/panel";
import { Button } from "../../kit/button";
import { Skeleton } from "../../kit/page";
import { Exceptions } from "./Exceptions";
import { Names } from "./Names";
import { Profiles } from "./Profiles";
import type { Override, Rights } from "./rights";
import { Group, Row, Says } from "./Rows";
import { ToolTiers } from "./ToolTiers";
import { usePanel } from "./usePanel";

/** What the agent may do: with which tools, for whom, and what it never touches. */
export default function Policy() {
  const { settings, failed, again } = usePanel();
  const known = useQuery({ queryKey: ["tools"], queryFn: tools });
  if (failed) {
    return (
      <Group>
        <Row title="The rules did not come">
          <Button onClick={again}>Try again</Button>
        </Row>
      </Group>
    );
  }
  if (!settings || (!known.data && !known.isError)) return <Skeleton rows={4} />;
  const value = (name: string) => settings[`policy.${name}`]?.value;
  return (
    <>
      <Says>What the agent may do, for whom, and what it never touches. Denying always wins.</Says>
      <Names
        title="Never touched"
        says="The agent acts on none of these, whatever anybody decides. For example container:db*, file:accounts or unit:ssh*"
        name="policy.protected"
        now={value("protected") as string[]}
        placeholder="container:db*"
      />
      <Profiles
        profiles={value("profiles") as Record<string, Rights>}
        tools={known.data?.tools.map((each) => each.name) ?? []}
      />
      <Exceptions now={value("overrides") as Override[]} />
      <ToolTiers
        tools={known.data?.tools ?? []}
        now={value("tiers") as Record<string, string>}
        failed={known.isError}
      />
    </>
  );
}
