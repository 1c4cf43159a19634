/** Exact decimals and money: text outside, integers of a fixed scale inside. */
import type { MoneyValue } from "./declare.js";

/** Digits kept after the point of a `decimal` column. */
export const DECIMAL_SCALE = 6;

const DECIMAL = /^(-?)(\d{1,16})(?:\.(\d+))?$/;

/** "12.5" with scale 2 → 1250. Throws a RangeError that says what is wrong. */
export function parseDecimal(text: string, scale: number): number {
  const match = DECIMAL.exec(text.trim());
  if (!match) throw new RangeError(`"${text}" is not a decimal number like 1250.50`);
  const [, sign, whole = "", fraction = ""] = match;
  const kept = fraction.replace(/0+$/, "");
  if (kept.length > scale) throw new RangeError(`"${text}" has more than ${scale} decimals`);
  const scaled = BigInt(whole + kept.padEnd(scale, "0"));
  if (scaled > BigInt(Number.MAX_SAFE_INTEGER)) throw new RangeError(`"${text}" is too large`);
  return sign && scaled !== 0n ? -Number(scaled) : Number(scaled);
}

/** 1250 with scale 2 → "12.5"; with `keep`, "12.50". */
export function formatDecimal(scaled: number, scale: number, keep = false): string {
  const digits = String(Math.abs(scaled)).padStart(scale + 1, "0");
  const whole = digits.slice(0, digits.length - scale);
  const fraction = keep ? digits.slice(digits.length - scale) : digits.slice(digits.length - scale).replace(/0+$/, "");
  return `${scaled < 0 ? "-" : ""}${whole}${fraction && scale > 0 ? `.${fraction}` : ""}`;
}

/** Currencies whose minor unit is not a hundredth (ISO 4217). */
const MINOR_DIGITS: Readonly<Record<string, number>> = {
  BIF: 0,
  CLP: 0,
  DJF: 0,
  GNF: 0,
  ISK: 0,
  JPY: 0,
  KMF: 0,
  KRW: 0,
  PYG: 0,
  RWF: 0,
  UGX: 0,
  VND: 0,
  VUV: 0,
  XAF: 0,
  XOF: 0,
  XPF: 0,
  BHD: 3,
  IQD: 3,
  JOD: 3,
  KWD: 3,
  LYD: 3,
  OMR: 3,
  TND: 3,
};
/** Digits after the point of a currency's amounts. */
export const minorDigitsOf = (currency: string): number => MINOR_DIGITS[currency] ?? 2;

const CURRENCIES = new Set(Intl.supportedValuesOf("currency"));
/** Whether `code` is an ISO 4217 currency. */
export const isCurrency = (code: string): boolean => CURRENCIES.has(code);

/** Minor units as the currency's units. */
export const showMoney = (money: MoneyValue | null): { amount: string; currency: string } | null =>
  money && { amount: formatDecimal(money.minor, minorDigitsOf(money.currency), true), currency: money.currency };
