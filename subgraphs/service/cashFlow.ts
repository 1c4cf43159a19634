/**
 * What a cash flow is worth, in exact integers: amounts in minor units, rates in fixed fractions.
 * Year 0 is the first year named; C(t) is the flow of year t, up to the last year T.
 */
import type { MoneyValue } from "../kernel/declare.js";
import { formatDecimal, minorDigitsOf, parseDecimal } from "../kernel/decimals.js";

interface YearlyFlow {
  readonly year: number;
  readonly amount: { readonly amount: string; readonly currency: string };
}

/** Longer flows are not computed: a mistyped year must not cost minutes. */
const LONGEST_YEARS = 100;
/** 100 % in millionths of a percent, the unit of rates. */
const WHOLE = 100_000_000n;

/**
 * NPV = Σ C(t) / (1 + r)^t, with r = `discountRate` / 100, rounded half to even to the minor unit.
 * Null when the flow is no single series, the rate is missing or not above -100, or the value is no safe integer.
 */
export function netPresentValue(flows: readonly YearlyFlow[], discountRate: string | null): MoneyValue | null {
  const series = seriesOf(flows);
  if (series === null || discountRate === null) return null;
  const growth = WHOLE + BigInt(parseDecimal(discountRate, 6));
  if (growth <= 0n) return null;
  const years = BigInt(series.amounts.length - 1);
  const minor = Number(divideHalfEven(compound(series.amounts, growth, WHOLE), growth ** years));
  return Number.isSafeInteger(minor) ? { minor, currency: series.currency } : null;
}

/**
 * IRR: the r at which Σ C(t) / (1 + r)^t = 0, in percent with six decimals, found by bisection.
 * A flow that changes sign exactly once has exactly one such r above -100 % (Descartes); any other answers null, and so does an r too large for a Decimal.
 */
export function internalRateOfReturn(flows: readonly YearlyFlow[]): string | null {
  const whole = seriesOf(flows)?.amounts ?? [];
  const amounts = whole.slice(0, whole.findLastIndex((amount) => amount !== 0n) + 1);
  const signs = amounts.map(signOf).filter((sign) => sign !== 0);
  const changes = signs.filter((sign, index) => index > 0 && sign !== signs[index - 1]).length;
  if (changes !== 1) return null;
  const growth = bisect((candidate) => signOf(compound(amounts, candidate, 2n * WHOLE)) === signs.at(-1));
  const rate = Number(growth - WHOLE);
  return Number.isSafeInteger(rate) ? formatDecimal(rate, 6, true) : null;
}

/**
 * Payback: with S(t) = C(0) + … + C(t) and n the last year in which S(n) < 0, n + (-S(n)) / C(n + 1), rounded half to even to two decimals.
 * "0.00" when S is never negative, null when S(T) is.
 */
export function paybackYears(flows: readonly YearlyFlow[]): string | null {
  const amounts = seriesOf(flows)?.amounts ?? [];
  let total = 0n;
  const totals = amounts.map((amount) => (total += amount));
  const lastOpen = totals.findLastIndex((sum) => sum < 0n);
  if (amounts.length === 0 || lastOpen === amounts.length - 1) return null;
  if (lastOpen === -1) return "0.00";
  const inflow = amounts[lastOpen + 1]!;
  const hundredths = divideHalfEven((BigInt(lastOpen) * inflow - totals[lastOpen]!) * 100n, inflow);
  return formatDecimal(Number(hundredths), 2, true);
}

/** The flow of every year from the first to the last, in minor units; null when there is none, it is too long, or its currencies differ. */
function seriesOf(flows: readonly YearlyFlow[]): { amounts: bigint[]; currency: string } | null {
  const years = flows.map(({ year }) => year);
  const first = Math.min(...years);
  const length = Math.max(...years) - first + 1;
  const currency = flows[0]?.amount.currency;
  if (currency === undefined || length > LONGEST_YEARS || flows.some(({ amount }) => amount.currency !== currency)) return null;
  const amounts = new Array<bigint>(length).fill(0n);
  for (const { year, amount } of flows) amounts[year - first]! += BigInt(parseDecimal(amount.amount, minorDigitsOf(currency)));
  return { amounts, currency };
}

/** Σ C(t) · unit^t · growth^(T - t): the NPV at the rate growth / unit - 1, times growth^T. */
function compound(amounts: readonly bigint[], growth: bigint, unit: bigint): bigint {
  let sum = 0n;
  let scale = 1n;
  for (const amount of amounts) {
    sum = sum * growth + amount * scale;
    scale *= unit;
  }
  return sum;
}

/** The growth (1 + r), in units of WHOLE, nearest to where `isBelow` turns false. `isBelow` is asked in half units, so that the nearest is known. */
function bisect(isBelow: (growth: bigint) => boolean): bigint {
  let low = 0n;
  let high = 2n * WHOLE;
  while (isBelow(high)) high *= 2n;
  while (high - low > 1n) {
    const middle = (low + high) / 2n;
    if (isBelow(middle)) low = middle;
    else high = middle;
  }
  return high / 2n;
}

const signOf = (value: bigint): number => Number(value > 0n) - Number(value < 0n);

/** Rounds numerator / denominator (above 0) to the nearest integer, halves to the even one. */
function divideHalfEven(numerator: bigint, denominator: bigint): bigint {
  const remainder = ((numerator % denominator) + denominator) % denominator;
  const floor = (numerator - remainder) / denominator;
  const above = 2n * remainder - denominator;
  return above > 0n || (above === 0n && floor % 2n !== 0n) ? floor + 1n : floor;
}
