/** How dates and numbers are written in cells, read exactly. */
import { isDay } from "../subgraphs/kernel/dates.js";

/** A way to write days, such as DD/MM/YYYY, or moments, such as YYYY-MM-DD HH:mm:ss. */
export interface DateFormat {
  readonly text: string;
  readonly pattern: RegExp;
  readonly parts: readonly string[];
}

const PARTS: Readonly<Record<string, string>> = {
  YYYY: "(\\d{4})",
  YY: "(\\d{2})",
  MM: "(\\d{1,2})",
  M: "(\\d{1,2})",
  DD: "(\\d{1,2})",
  D: "(\\d{1,2})",
  HH: "(\\d{1,2})",
  mm: "(\\d{2})",
  ss: "(\\d{2})",
};
const TOKENS = /YYYY|YY|MM|M|DD|D|HH|mm|ss/g;

/** Reads a date format; null where it names no year, month and day. "excel" is a spreadsheet's day number. */
export function readDateFormat(text: string): DateFormat | null {
  if (text === "excel") return { text, pattern: /^(\d{1,6})(?:\.\d+)?$/, parts: ["excel"] };
  const parts = text.match(TOKENS) ?? [];
  const kinds = new Set(parts.map((part) => part[0]));
  if (!["Y", "M", "D"].every((kind) => kinds.has(kind)) || new Set(parts).size !== parts.length) return null;
  let rest = 0;
  let pattern = "";
  for (const found of text.matchAll(TOKENS)) {
    pattern += escape(text.slice(rest, found.index)) + PARTS[found[0]]!;
    rest = found.index + found[0].length;
  }
  return { text, pattern: new RegExp(`^${pattern}${escape(text.slice(rest))}$`), parts };
}
const escape = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** The first of `formats` that fits, as YYYY-MM-DD or, with `time`, as a moment in UTC; null where none does. */
export function parseDate(text: string, formats: readonly DateFormat[], time: boolean): string | null {
  for (const format of formats) {
    const match = format.pattern.exec(text);
    const found = match && momentOf(format.parts, match.slice(1));
    if (found) return time ? `${found.day}T${found.time}.000Z` : found.day;
  }
  return null;
}

function momentOf(parts: readonly string[], digits: readonly string[]): { day: string; time: string } | null {
  const value = (...names: string[]): string | undefined => names.map((name) => digits[parts.indexOf(name)]).find((found) => found !== undefined);
  const excel = value("excel");
  const day =
    excel === undefined ? [yearOf(value("YYYY"), value("YY")), two(value("MM", "M")), two(value("DD", "D"))].join("-") : addDays("1899-12-30", Number(excel));
  const [hours, minutes, seconds] = [two(value("HH")), two(value("mm")), two(value("ss"))];
  if (!isDay(day) || hours > "23" || minutes > "59" || seconds > "59") return null;
  return { day, time: `${hours}:${minutes}:${seconds}` };
}
const two = (digits = "00"): string => digits.padStart(2, "0");
/** Two digits are a year from 1970 to 2069. */
const yearOf = (four: string | undefined, short = ""): string => four ?? (Number(short) < 70 ? `20${short}` : `19${short}`);

/** The day that lies `days` after `day`. */
export function addDays(day: string, days: number): string {
  const moment = new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000);
  return Number.isNaN(moment.getTime()) ? "" : moment.toISOString().slice(0, 10);
}

/** How numbers are written: which sign parts the decimals, which signs only make them easier to read. */
export interface NumberFormat {
  readonly decimal: string;
  readonly thousands: string;
}

/** A number without loss: `units` / 10^`scale`. */
export interface Exact {
  readonly units: bigint;
  readonly scale: number;
}

const NUMBER = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/;

/** Reads "1.234,56", "-0.5", "1.5E-4"; null where it is no number. */
export function parseNumber(text: string, { decimal, thousands }: NumberFormat): Exact | null {
  let plain = text.replace(/[\u2212\u2013]/g, "-");
  for (const sign of thousands) plain = sign === " " ? plain.replace(/[ \u00a0\u202f]/g, "") : plain.replaceAll(sign, "");
  if (decimal !== ".") plain = plain.includes(".") ? "" : plain.replace(decimal, ".");
  const match = NUMBER.exec(plain);
  if (!match || !(match[2] || match[3])) return null;
  const [, sign, whole = "", fraction = "", exponent = "0"] = match;
  const units = BigInt(whole + fraction) * (sign === "-" ? -1n : 1n);
  const scale = fraction.length - Number(exponent);
  return scale < 0 ? { units: units * 10n ** BigInt(-scale), scale: 0 } : { units, scale };
}

export const multiply = (a: Exact, b: Exact): Exact => ({ units: a.units * b.units, scale: a.scale + b.scale });
export function add(a: Exact, b: Exact): Exact {
  const scale = Math.max(a.scale, b.scale);
  return { units: a.units * 10n ** BigInt(scale - a.scale) + b.units * 10n ** BigInt(scale - b.scale), scale };
}
export const compare = (a: Exact, b: Exact): number => Math.sign(Number(add(a, { ...b, units: -b.units }).units));

/** Rounded to `digits` decimals, a half away from zero. */
export function round({ units, scale }: Exact, digits: number): Exact {
  if (scale <= digits) return { units, scale };
  const factor = 10n ** BigInt(scale - digits);
  const half = units < 0n ? -factor / 2n : factor / 2n;
  return { units: (units + half) / factor, scale: digits };
}

/** "-12.5": without noughts that say nothing. */
export function formatExact({ units, scale }: Exact): string {
  const digits = String(units < 0n ? -units : units).padStart(scale + 1, "0");
  const fraction = digits.slice(digits.length - scale).replace(/0+$/, "");
  const whole = digits.slice(0, digits.length - scale);
  return `${units < 0n ? "-" : ""}${whole}${scale > 0 && fraction ? `.${fraction}` : ""}`;
}
export const exactOf = (text: string): Exact => parseNumber(text, PLAIN)!;
export const PLAIN: NumberFormat = { decimal: ".", thousands: "" };
