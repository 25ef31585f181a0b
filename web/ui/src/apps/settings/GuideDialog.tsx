import { useQuery } from "@tanstack/react-query";
import { X } from "lucide-react";

import { guidePage } from "../../api/panel";
import { IconButton } from "../../kit/button";
import { Dialog } from "../../kit/dialog";
import { Markdown } from "../../markdown/Markdown";
import { useMono } from "../../theme/mono";
import { NotYet } from "./NotYet";
import styles from "./settings.module.css";

/** A page of the guide. */
export function GuideDialog({ page, onClose }: { page: string; onClose: () => void }) {
  useMono();
  const { data, isError, refetch } = useQuery({
    queryKey: ["guide", page],
    queryFn: () => guidePage(page),
    staleTime: Infinity,
  });
  const title = data?.title ?? "Guide";
  return (
    <Dialog open title={title} onClose={onClose} size="wide">
      <div className={styles.pageHead}>
        <b aria-hidden="true">{title}</b>
        <IconButton label="Close the page" onClick={onClose}>
          <X size={16} strokeWidth={1.75} aria-hidden />
        </IconButton>
      </div>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls takes keys */}
      <div className={styles.reading} tabIndex={0} role="region" aria-label="The page">
        {data ? (
          <Markdown text={data.text} />
        ) : (
          <NotYet what="The page" failed={isError} onTry={() => void refetch()} />
        )}
      </div>
    </Dialog>
  );
}
