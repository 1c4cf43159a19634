/** What a generated world is made of: the records so far, and random choices among them. */
import { daysAfter } from "../subgraphs/kernel/dates.js";
import { Random } from "./random.js";

export type Input = Record<string, unknown>;

/** How records of one type are made. */
export interface Recipe {
  readonly type: string;
  /** How many there are at scale 1. */
  readonly count: number;
  /** Keys of the input by which the records are looked up afterwards. */
  readonly index?: readonly string[];
  /** How many are made in one transaction, where the next are to point at them. */
  readonly batch?: number;
  /** The input of the record at `place`, from 0. */
  readonly make: (world: World, place: number) => Input;
}

/** The day the world is made on, whatever day it is: the same seed makes the same days. */
const TODAY = Date.parse("2026-11-15");
const DAY = 86_400_000;

/** The records made so far. */
export class Records {
  readonly byType = new Map<string, string[]>();
  readonly byKey = new Map<string, string[]>();

  add(recipe: Recipe, id: string, input: Input): void {
    push(this.byType, recipe.type, id);
    for (const key of recipe.index ?? [])
      for (const value of [input[key]].flat()) if (typeof value === "string") push(this.byKey, `${recipe.type}.${key}.${value}`, id);
  }
}

/** What a recipe sees: the records so far, and random choices of its own. */
export class World extends Random {
  constructor(
    seed: number,
    private readonly records: Records,
  ) {
    super(seed);
  }

  // --- records ---

  /** Ids of all records of a type so far. */
  all(type: string): readonly string[] {
    return this.records.byType.get(type) ?? [];
  }
  /** Ids of the records of a type whose `key` (one of its recipe's `index`) was `value`. */
  those(type: string, key: string, value: string): readonly string[] {
    return this.records.byKey.get(`${type}.${key}.${value}`) ?? [];
  }
  /** Any record of a type. */
  any(type: string): string {
    return this.pick(this.all(type));
  }
  /** A record of a type; the older ones are the hubs. */
  busy(type: string): string {
    return this.hub(this.all(type));
  }
  /** One of `those`, or null where there is none or, with `chance`, none is chosen. */
  oneOf(ids: readonly string[], chance = 1): string | null {
    return ids.length > 0 && this.chance(chance) ? this.pick(ids) : null;
  }
  /** From `least` to `most` records of a type, hubs more often, each once. */
  some(type: string, least: number, most: number): string[] {
    const ids = this.all(type);
    const wanted = Math.min(this.whole(least, most), ids.length);
    const chosen = new Set<string>();
    for (let tries = 0; chosen.size < wanted && tries < 50; tries++) chosen.add(this.hub(ids));
    return [...chosen];
  }

  // --- values ---

  /** A day from `first` to `last` days after today. */
  day(first: number, last: number): string {
    return new Date(TODAY + this.whole(first, last) * DAY).toISOString().slice(0, 10);
  }
  /** `days` after a day. */
  after(day: string, days: number): string {
    return daysAfter(day, days);
  }
  /** A quarter of the last two years. */
  quarter(): { periodFrom: string; periodTo: string } {
    const first = this.whole(0, 7);
    const [year, month] = [2024 + Math.floor((first + 3) / 4), ((first + 3) % 4) * 3];
    const day = (monthOfYear: number, ofMonth: number) => new Date(Date.UTC(year, monthOfYear, ofMonth)).toISOString().slice(0, 10);
    return { periodFrom: day(month, 1), periodTo: day(month + 3, 0) };
  }
  /** An amount from `least` to `most` million rupiah; one in ten is in another currency. */
  money(least: number, most: number): { amount: string; currency: string } {
    const millions = least + this.next() * (most - least);
    return this.chance(0.9)
      ? { amount: String(Math.round(millions) * 1_000_000), currency: "IDR" }
      : { amount: (millions * 60).toFixed(2), currency: this.pick(["USD", "EUR", "SGD"]) };
  }
  /** One of the values, the earlier ones more often. */
  mostly<T>(...values: readonly T[]): T {
    return this.hub(values);
  }
  words(kind: keyof typeof WORDS): string {
    return this.pick(WORDS[kind]);
  }
  /** The two columns by which every main entity is known to be up to date. */
  verified(): Input {
    return this.chance(0.8) ? { verifiedOn: this.day(-500, -1), verifiedById: this.oneOf(this.all("Person")) } : {};
  }
}

const push = (map: Map<string, string[]>, key: string, id: string): void => {
  const ids = map.get(key);
  if (ids) ids.push(id);
  else map.set(key, [id]);
};

/** A key of a record that people read: "C-00012". */
export const codeOf = (prefix: string, place: number): string => `${prefix}-${String(place + 1).padStart(5, "0")}`;

const WORDS = {
  first: [
    "Adi",
    "Bima",
    "Candra",
    "Dara",
    "Eka",
    "Fajar",
    "Gita",
    "Hana",
    "Indra",
    "Jelita",
    "Krisna",
    "Lila",
    "Maya",
    "Nanda",
    "Oka",
    "Prita",
    "Raka",
    "Sari",
    "Tirta",
    "Usman",
    "Vera",
    "Wira",
    "Yuda",
    "Zahra",
    "Anna",
    "Bruno",
    "Chen",
    "Dina",
    "Emil",
    "Freya",
  ],
  last: [
    "Adinata",
    "Bramasta",
    "Cakrawala",
    "Darmawangsa",
    "Ekaputra",
    "Firdausi",
    "Gunadarma",
    "Hartawan",
    "Iskandari",
    "Jayakusuma",
    "Kertajaya",
    "Lesmanata",
    "Mahardika",
    "Nugraheni",
    "Oktavianto",
    "Pranatajaya",
    "Rahardian",
    "Sastrawan",
    "Tanuwijaya",
    "Utamaputra",
    "Wardanaputra",
    "Yulianingrum",
    "Lindqvist",
    "Moreau",
    "Okafor",
    "Petrov",
  ],
  company: [
    "Samudra",
    "Rimba",
    "Cendana",
    "Melur",
    "Pelangi",
    "Kencana",
    "Tanjung",
    "Bahtera",
    "Lestari",
    "Mutiara",
    "Purnama",
    "Selaras",
    "Gemilang",
    "Cakra",
    "Bintang",
    "Anggun",
    "Merapi",
    "Sagara",
  ],
  trade: [
    "Lines",
    "Bank",
    "Stores",
    "Hospitals",
    "Plantations",
    "Insurance",
    "Energy",
    "Foods",
    "Textiles",
    "Telecom",
    "University",
    "Freight",
    "Mining",
    "Press",
    "Tourism",
  ],
  thing: [
    "Booking",
    "Tracking",
    "Payment",
    "Archive",
    "Payroll",
    "Analytics",
    "Workplace",
    "Records",
    "Billing",
    "Planning",
    "Messaging",
    "Identity",
    "Storage",
    "Reporting",
    "Ordering",
    "Claims",
    "Dispatch",
    "Inventory",
  ],
  place: ["North", "South", "East", "West", "Harbour", "Uplands", "Islands", "Coast", "Valley", "City"],
  department: ["Finance", "Operations", "Sales", "Legal", "People", "Logistics", "Purchasing", "Laboratory", "Branches", "Production"],
} as const;
