/** The shapes of the tiers; nothing else may look like them. */
import styles from "./tier.module.css";

export type Tier = "GREEN" | "YELLOW" | "ORANGE" | "RED" | "BLACK";

const SHAPES: Record<Tier, { outline: string; sign: string }> = {
  GREEN: {
    outline: "M8 .8a7.2 7.2 0 1 0 0 14.4A7.2 7.2 0 0 0 8 .8z",
    sign: "m5 8.2 2.1 2.1L11.2 6",
  },
  YELLOW: {
    outline:
      "M8 1.4c.5 0 .9.2 1.2.7l6 10.7c.5.9-.1 2-1.2 2H2c-1.100 0-1.700-1.100-1.200-2l6-10.700c.3-.500.700-.700 1.200-.700z",
    sign: "M8 6v3.600M8 12v.100",
  },
  ORANGE: {
    outline:
      "M6.900.9a1.600 1.600 0 0 1 2.200 0l6 6a1.600 1.600 0 0 1 0 2.200l-6 6a1.600 1.600 0 0 1-2.200 0l-6-6a1.600 1.600 0 0 1 0-2.200z",
    sign: "M6.400 6.300a1.700 1.700 0 1 1 2.500 1.600c-.6.300-.9.600-.9 1.200M8 11.400v.100",
  },
  RED: {
    outline: "M5.200.9h5.600l4.300 4.300v5.600l-4.300 4.300H5.200L.9 10.800V5.200z",
    sign: "M4.800 8h6.400",
  },
  BLACK: {
    outline:
      "M3.200.9h9.600c1.300 0 2.300 1 2.300 2.300v9.600c0 1.300-1 2.300-2.300 2.300H3.200a2.300 2.300 0 0 1-2.300-2.300V3.200C.9 1.900 1.900.9 3.200.9z",
    sign: "m5.400 5.400 5.200 5.200m0-5.200-5.200 5.200",
  },
};

const MEANS: Record<Tier, string> = {
  GREEN: "only looks",
  YELLOW: "small, with a way back",
  ORANGE: "asks once",
  RED: "asks, with a code",
  BLACK: "never through the agent",
};

export function isTier(word: string): word is Tier {
  return word in SHAPES;
}

export function TierShape({ tier, size = 15 }: { tier: Tier; size?: number }) {
  const { outline, sign } = SHAPES[tier];
  return (
    <svg
      className={`${styles.shape} ${styles[tier.toLowerCase()]}`}
      width={size}
      height={size}
      viewBox="0 0 16 16"
      role="img"
      aria-label={`${tier}, ${MEANS[tier]}`}
    >
      <path className={styles.outline} d={outline} />
      <path className={styles.sign} d={sign} />
    </svg>
  );
}
