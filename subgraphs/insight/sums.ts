/** Exact sums and averages of scaled whole numbers, which may be larger than a JavaScript number holds. */

/** "1250" with scale 2 → "12.50"; with scale 0, "1250". */
export function sumOf(scaled: string, scale: number): string {
  const negative = scaled.startsWith("-");
  const digits = (negative ? scaled.slice(1) : scaled).padStart(scale + 1, "0");
  const text = scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
  return negative ? `-${text}` : text;
}

/** Digits an average is rounded to, half away from zero. */
const AVERAGE_SCALE = 6;

/** The average of `count` scaled numbers whose sum is given; null of none. */
export function averageOf(scaledSum: string, count: number, scale: number): string | null {
  if (count === 0) return null;
  const numerator = BigInt(scaledSum) * 10n ** BigInt(AVERAGE_SCALE - scale + 1);
  const tenths = numerator / BigInt(count);
  const rounded = (tenths + (tenths < 0n ? -5n : 5n)) / 10n;
  return sumOf(String(rounded), AVERAGE_SCALE).replace(/\.?0+$/, "") || "0";
}
