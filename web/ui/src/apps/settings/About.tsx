import { useQuery } from "@tanstack/react-query";
import { BookOpen, Cpu, HardDrive, Info, ListChecks, Scale } from "lucide-react";
import { useState } from "react";

import { about } from "../../api/panel";
import type { AboutShown } from "../../generated";
import { Button } from "../../kit/button";
import { size } from "../../kit/words";
import { go } from "../../shell/router";
import { useMono } from "../../theme/mono";
import { GuideDialog } from "./GuideDialog";
import { NotYet } from "./NotYet";
import { Group, Row, Says } from "./Rows";
import styles from "./settings.module.css";

const ICON = { size: 18, strokeWidth: 1.75, "aria-hidden": true } as const;

/** Of a commit's name as much as people say. */
const SHORT = 10;

/** What this server is, what it runs on, and the pages that ship with it. */
export default function About() {
  useMono();
  const { data, isError, refetch } = useQuery({ queryKey: ["panel", "about"], queryFn: about });
  if (!data) {
    return <NotYet what="This" failed={isError} rows={4} onTry={() => void refetch()} />;
  }
  return (
    <>
      <Says>LivOS is your home server. Nexus is the agent in it: whom you ask, and who acts.</Says>
      <Group>
        <Row icon={<Info {...ICON} />} title={`LivOS ${data.version}`} second={commit(data)} />
        <Row
          icon={<Scale {...ICON} />}
          title={`${data.licence} licence`}
          second="Free to use, to change and to give on. The file LICENSE ships with it."
        />
        <Row
          icon={<Cpu {...ICON} />}
          title={`Python ${data.python}`}
          second={data.redis ? `Redis ${data.redis}` : "Redis does not answer now"}
        />
        <Row
          icon={<HardDrive {...ICON} />}
          title="All that it keeps"
          second={<code>{data.state}</code>}
        >
          <span className={styles.quiet}>
            {data.state_bytes === null ? "Too many files to measure" : size(data.state_bytes)}
          </span>
        </Row>
        <Row
          icon={<ListChecks {...ICON} />}
          title="The setup"
          second="What it thinks with, where you reach it, the first question"
        >
          <Button onClick={() => go("/setup")}>Go through it again</Button>
        </Row>
      </Group>
      <Pages pages={data.guide} />
    </>
  );
}

function commit({ commit: found }: AboutShown) {
  if (!found) return null;
  return (
    <>
      Commit <code title={found}>{found.slice(0, SHORT)}</code>
    </>
  );
}

/** The pages of the guide, each read here. */
function Pages({ pages }: { pages: AboutShown["guide"] }) {
  const [open, setOpen] = useState<string | null>(null);
  if (!pages.length) return null;
  return (
    <Group title="Guide">
      {pages.map(({ name, title }) => (
        <li key={name} className={styles.opens}>
          <button type="button" onClick={() => setOpen(name)}>
            <BookOpen size={16} strokeWidth={1.75} aria-hidden />
            {title}
          </button>
        </li>
      ))}
      {open ? <GuideDialog page={open} onClose={() => setOpen(null)} /> : null}
    </Group>
  );
}
