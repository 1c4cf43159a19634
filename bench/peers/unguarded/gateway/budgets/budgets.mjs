/** Nobody has a budget. */
export { chargeOperations } from "guarded:gateway/budgets/budgets.js";

const charge = Promise.resolve({ granted: true, settle() {}, tell() {} });
export class Budgets {
  tells = false;
  areShared = false;
  counts = { taken: 0, refunded: 0, refused: 0 };
  static async open() {
    return new Budgets();
  }
  charge() {
    return charge;
  }
  async close() {}
}
