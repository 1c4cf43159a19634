/** What every verdict says beside itself: what it was worked out from, and what is missing to say more. */
import { formatDecimal, minorDigitsOf } from "../../kernel/decimals.js";
import type { Model } from "../../kernel/model.js";

/** Something a verdict was worked out from: its name, what it says, and the record that says it. */
export interface Input {
  readonly name: string;
  readonly value: string | null;
  readonly recordId: string | null;
}

/** A record as its owner is asked for it. */
export const stubOf = ({ directory }: Model, id: string | null): object | null => (id === null ? null : { __typename: directory.typeOf(id), id });

/** The inputs as the graph shows them. */
export const showInputs = (inputs: readonly Input[], model: Model): object[] =>
  inputs.map(({ name, value, recordId }) => ({ name, value, record: stubOf(model, recordId) }));

/** "IDR 780000.00". */
export const showAmount = (minor: number, currency: string): string => `${currency} ${formatDecimal(minor, minorDigitsOf(currency), true)}`;
