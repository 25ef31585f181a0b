import { FileText } from "lucide-react";
import { memo } from "react";

import { attachmentUrl } from "../../api/chat";
import { legible } from "../../api/legible";
import type { Attachment } from "../../generated";
import { size } from "../../kit/words";
import styles from "./turn.module.css";

interface Props {
  text: string;
  attachments: Attachment[];
  dim?: boolean;
}

const SHOWN = new Set(["image/png", "image/jpeg", "image/webp", "image/gif"]);

/** What a person said, as they wrote it. */
export const Bubble = memo(function Bubble({ text, attachments, dim = false }: Props) {
  return (
    <article className={`${styles.said} ${dim ? styles.dim : ""}`} aria-label="You">
      {attachments.length ? (
        <div className={styles.files}>
          {attachments.map((file) => (
            <a key={file.id} href={attachmentUrl(file.id)} target="_blank" rel="noopener">
              {SHOWN.has(file.type) ? (
                <img src={attachmentUrl(file.id)} alt={file.name} loading="lazy" />
              ) : (
                <span className={styles.file}>
                  <FileText size={16} strokeWidth={1.75} aria-hidden />
                  {file.name} <small>{size(file.size)}</small>
                </span>
              )}
            </a>
          ))}
        </div>
      ) : null}
      {text ? <p className={styles.bubble}>{legible(text)}</p> : null}
    </article>
  );
});
